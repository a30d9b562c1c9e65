/**
 * Stands in for `@std/testing/bdd` where JSR cannot be reached: a `describe` is a `Deno.test`, everything in it a step of
 * it, as with the real one, so Deno's own reporters count case by case. Knows only the forms this project uses.
 *
 * @module
 */
type Body = (t: Deno.TestContext) => void | Promise<void>;
type Hook = () => void | Promise<void>;
type Sanitizers = Pick<
  Deno.TestStepDefinition,
  "sanitizeExit" | "sanitizeOps" | "sanitizeResources"
>;

/** The options of `describe`. */
export interface DescribeDefinition extends Sanitizers {
  name: string;
  fn?: () => void;
  ignore?: boolean;
}

/** The options of `it`. */
export interface ItDefinition extends Sanitizers {
  name: string;
  fn: Body;
  ignore?: boolean;
}

interface Case extends ItDefinition {
  readonly kind: "case";
}

interface Suite extends DescribeDefinition {
  readonly kind: "suite";
  readonly children: (Case | Suite)[];
  readonly beforeAll: Hook[];
  readonly afterAll: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
}

/** The `describe` whose body is running. */
let current: Suite | undefined;

function describeWith(
  first: string | DescribeDefinition,
  fn: (() => void) | undefined,
  ignore: boolean,
): void {
  const given = typeof first === "string" ? { name: first } : first;
  const suite: Suite = {
    ...given,
    ...(ignore ? { ignore } : {}),
    kind: "suite",
    children: [],
    beforeAll: [],
    afterAll: [],
    beforeEach: [],
    afterEach: [],
  };
  collect(suite, fn ?? given.fn);
  if (current === undefined) Deno.test(stepOf(suite, []));
  else current.children.push(suite);
}

function collect(suite: Suite, body: (() => unknown) | undefined): void {
  // As with the real one, the body of an ignored group is never run.
  if (suite.ignore === true) return;
  const outer = current;
  current = suite;
  try {
    if (body?.() instanceof Promise) {
      throw new Error('Returning a Promise from "describe" is not supported: tests must be defined synchronously');
    }
  } finally {
    current = outer;
  }
}

function itWith(first: string | ItDefinition, fn: Body | undefined, ignore: boolean): void {
  const given = typeof first === "string" ? { name: first, fn: fn ?? (() => {}) } : first;
  const one: Case = { ...given, ...(ignore ? { ignore } : {}), kind: "case" };
  if (current === undefined) Deno.test(stepOf(one, []));
  else current.children.push(one);
}

/** The definition for Deno of a case or a group that stands within `around`, the outermost first. */
function stepOf(
  node: Case | Suite,
  around: readonly Suite[],
): Deno.TestStepDefinition {
  const { name, ignore, sanitizeExit, sanitizeOps, sanitizeResources } = node;
  return {
    name,
    fn: (t) => node.kind === "suite" ? runSuite(node, around, t) : runCase(node, around, t),
    ...(ignore === undefined ? {} : { ignore }),
    ...(sanitizeExit === undefined ? {} : { sanitizeExit }),
    ...(sanitizeOps === undefined ? {} : { sanitizeOps }),
    ...(sanitizeResources === undefined ? {} : { sanitizeResources }),
  };
}

async function runSuite(
  suite: Suite,
  around: readonly Suite[],
  t: Deno.TestContext,
): Promise<void> {
  for (const hook of suite.beforeAll) await hook();
  try {
    for (const child of suite.children) {
      await t.step(stepOf(child, [...around, suite]));
    }
  } finally {
    for (const hook of suite.afterAll) await hook();
  }
}

/** Each group's `afterEach` runs when its `beforeEach` was done, whatever happened further in. */
async function runCase(
  one: Case,
  around: readonly Suite[],
  t: Deno.TestContext,
): Promise<void> {
  const [outer, ...inner] = around;
  if (outer === undefined) return await one.fn(t);
  for (const hook of outer.beforeEach) await hook();
  try {
    await runCase(one, inner, t);
  } finally {
    for (const hook of outer.afterEach) await hook();
  }
}

type HookName = "beforeAll" | "afterAll" | "beforeEach" | "afterEach";

function addHook(name: HookName, hook: Hook): void {
  if (current === undefined) {
    throw new Error(`${name} outside describe: the stand-in has no global hooks`);
  }
  current[name].push(hook);
}

export function beforeAll(fn: Hook): void {
  addHook("beforeAll", fn);
}

export function afterAll(fn: Hook): void {
  addHook("afterAll", fn);
}

export function beforeEach(fn: Hook): void {
  addHook("beforeEach", fn);
}

export function afterEach(fn: Hook): void {
  addHook("afterEach", fn);
}

/** `describe`, and its ways to leave a group out. */
export interface DescribeFunction {
  (name: string, fn: () => void): void;
  (definition: DescribeDefinition): void;
  ignore(name: string, fn: () => void): void;
  skip(name: string, fn: () => void): void;
}

/** `it`, and its ways to leave a case out. */
export interface ItFunction {
  (name: string, fn: Body): void;
  (definition: ItDefinition): void;
  ignore(name: string, fn: Body): void;
  skip(name: string, fn: Body): void;
}

export const describe: DescribeFunction = Object.assign(
  (first: string | DescribeDefinition, fn?: () => void) => describeWith(first, fn, false),
  {
    ignore: (name: string, fn: () => void) => describeWith(name, fn, true),
    skip: (name: string, fn: () => void) => describeWith(name, fn, true),
  },
);

export const it: ItFunction = Object.assign(
  (first: string | ItDefinition, fn?: Body) => itWith(first, fn, false),
  {
    ignore: (name: string, fn: Body) => itWith(name, fn, true),
    skip: (name: string, fn: Body) => itWith(name, fn, true),
  },
);

/** Another name of `it`, as in std. */
export const test: ItFunction = it;
