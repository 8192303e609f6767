/** Reads the arguments and runs a command. One place decides the exit code. */

import yargs from 'yargs';
import type { Command, CommandContext } from './commands/command.ts';
import { docsCommand } from './commands/docs.ts';
import { doctorCommand } from './commands/doctor.ts';
import { listCommand } from './commands/list.ts';
import { proveCommand } from './commands/prove.ts';
import { recheckCommand } from './commands/recheck.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { processEnvironment } from './environment.ts';
import { sweep } from './janitor.ts';
import { describeHarness } from './machine.ts';
import { openStateFolder } from './state-folder.ts';
import { nearest, unknownName } from './suggest.ts';
import { UsageError } from './usage-error.ts';

const commands: readonly Command[] = [
  runCommand,
  listCommand,
  recheckCommand,
  reportCommand,
  proveCommand,
  docsCommand,
  doctorCommand,
];
const usageCode = 2;
const inconclusiveCode = 3;

function checkFlags(command: Command, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { _: rest, $0: _program, help: _help, version: _version, ...flags } = args;
  const known = [...Object.keys(command.options), ...command.positionals];
  for (const name of Object.keys(flags)) {
    if (known.includes(name)) continue;
    const near = nearest(name, Object.keys(command.options));
    throw new UsageError(
      `${command.name} has no flag --${name}${near === undefined ? '' : `; did you mean --${near}?`}`,
    );
  }
  const missing = command.positionals.find((name) => flags[name] === undefined);
  if (missing !== undefined) throw new UsageError(`${command.name} needs <${missing}>`);
  const [extra] = (rest as readonly unknown[]).slice(1);
  if (extra !== undefined) throw new UsageError(`${command.name} takes no argument "${extra}"`);
  return flags;
}

/** Every start removes what runs left that died with their janitors. */
async function sweepBefore({ environment, tell }: CommandContext): Promise<void> {
  for (const { what, reason, command } of await sweep(openStateFolder().ledgers, environment)) {
    tell(`an earlier run left ${what}: ${reason}. By hand: ${command}`);
  }
}

function createParser(argv: readonly string[], context: CommandContext, choose: (run: () => Promise<number>) => void) {
  const parser = yargs([...argv])
    .scriptName('orchestrator')
    .usage('$0 <command>\n\nProves the key-value service: starts it over real stores, runs suites, judges, reports.')
    .parserConfiguration({ 'camel-case-expansion': false, 'boolean-negation': false, 'dot-notation': false })
    .wrap(Math.min(110, context.stdout.columns ?? 110))
    .version(describeHarness().version)
    .help()
    .exitProcess(false)
    .fail((message, error) => {
      // yargs wraps some of its own complaints about the arguments in an error of its own.
      if (error === undefined || error.name === 'YError') throw new UsageError(error?.message ?? message);
      throw error;
    });
  for (const command of commands) {
    parser.command(
      command.usage,
      command.describe,
      (builder) => {
        for (const [name, option] of Object.entries(command.options)) builder.option(name, option);
        for (const [line, what] of command.examples) builder.example(line, what);
        return builder.epilogue(
          'Options of run are also read from ORCHESTRATOR_<OPTION> and from orchestrator.yaml; flags win.',
        );
      },
      (args) => choose(() => command.run(checkFlags(command, args), context)),
    );
  }
  return parser;
}

function checkCommand(argv: readonly string[]): void {
  const [first] = argv;
  if (first === undefined || first.startsWith('-')) {
    const asked = argv.some((word) => ['--help', '--version', '-h'].includes(word));
    if (!asked) throw new UsageError(`name a command: ${commands.map(({ name }) => name).join(', ')}`);
  } else if (commands.every(({ name }) => name !== first)) {
    throw new UsageError(
      unknownName(
        'command',
        first,
        commands.map(({ name }) => name),
      ),
    );
  }
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Resolves with the exit code: 0 passed, 1 findings, 2 usage, 3 inconclusive, 130 and 143 after a signal. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const context: CommandContext = {
    environment: processEnvironment,
    folder: process.cwd(),
    stdout: process.stdout,
    tell: (line) => void process.stderr.write(`${line}\n`),
    argv,
  };
  let run: () => Promise<number> = async () => 0;
  // A reader that has seen enough, such as `head`, ends the output and not the run.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  try {
    checkCommand(argv);
    await createParser(argv, context, (chosen) => {
      run = chosen;
    }).parseAsync();
    await sweepBefore(context);
    return await run();
  } catch (error) {
    if (error instanceof UsageError) {
      context.tell(`orchestrator: ${error.message}`);
      return usageCode;
    }
    // A defect of the harness is neither a pass nor a finding.
    context.tell(`orchestrator: this is a defect of the harness\n${error instanceof Error ? error.stack : error}`);
    return inconclusiveCode;
  }
}
