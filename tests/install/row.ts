/** Rows of the installer's test table. */
import { type FakeRelease, tree } from "../fakes/release.ts";
import { type Need, test } from "../testing.ts";

/** Registers a row. */
export function row(name: string, fn: () => void | Promise<void>, ...needs: Need[]): void {
  test(`installer: ${name}`, fn, { needs: ["linux", ...needs] });
}

/** What is installed for the user. */
export function local(release: FakeRelease): string[] {
  return tree(`${release.home}/.local`);
}
