/**
 * Loaded before a server's program, for controls: its LMDB flushes nothing. Every environment is opened with MDB_NOSYNC
 * (lmdb.h, 0x10000) in the native module's own call, so that nothing of the program itself is another one.
 */

const noSync = 0x10000;

interface Environment {
  open(options: object, flags: number, jsFlags: number): number;
}

const load = process.dlopen;

process.dlopen = function loadWithoutSync(this: NodeJS.Process, ...args: Parameters<typeof load>) {
  load.apply(this, args);
  const { exports } = args[0] as { readonly exports: { Env?: new () => Environment } };
  const Native = exports.Env;
  if (Native === undefined) return;
  // The methods of a native class cannot be replaced.
  exports.Env = class extends Native {
    override open(options: object, flags: number, jsFlags: number): number {
      return super.open(options, flags | noSync, jsFlags);
    }
  };
};
