/** What an engine on a disk of this machine tells of the room there. */
export interface SpaceState {
  /** What the disk has left for us. */
  readonly freeBytes: number;
  /** What writes leave of that. */
  readonly reserveBytes: number;
  /** Whether even the smallest write is refused. */
  readonly full: boolean;
  /** Writes that were refused for it since the start. */
  readonly refused: number;
}
