import { exitCodes, toFailure } from '../errors.ts';
import { renderErrors } from '../render/error.ts';
import { CLEAR_LINE, terminalFor } from '../render/terminal.ts';
import { printable } from '../render/text.ts';
import { commandMeant } from './argv.ts';
import { QUESTION } from './completion/question.ts';
import type { CliContext } from './context.ts';
import { exitCodeOf } from './exit-code.ts';
import { failedDocument } from './failed-document.ts';
import { renderHelp, renderShortHelp } from './help.ts';
import { guessOutputOptions, isComplete, outputOptions, scrapeOptions } from './options.ts';
import { parse, type Invocation } from './program.ts';
import { defaultCommand, findCommand } from './table.ts';
import { mistakenCommand, unknownCommand } from './unknown-command.ts';

/** Runs the program and returns its exit code. What a command needs is loaded only when it runs, so that help is quick. */
export async function run(context: CliContext): Promise<number> {
  try {
    const [first, ...words] = context.argv;
    if (first === QUESTION) {
      const { answer } = await import('./completion/answer.ts');
      await answer(words, context);
      return exitCodes.ok;
    }
    if (first === undefined) {
      context.stderr.write(renderShortHelp());
      return exitCodes.usage;
    }
    return await dispatch(parse(context.argv), context);
  } catch (error) {
    return await fail(error, context);
  }
}

/** Reports a failure that is in no command's own report, in the form that the command line asks for. Returns the exit code. */
export async function fail(error: unknown, context: CliContext): Promise<number> {
  const failure = toFailure(error);
  const { json, verbose, color, dryRun } = guessOutputOptions(context.argv);
  if (json) {
    const { renderJson } = await import('../render/json.ts');
    context.stdout.write(renderJson(failedDocument(commandMeant(context.argv), failure, dryRun)));
  }
  const { colors, width } = terminalFor(context.stderr, context.env, color);
  context.stderr.write(renderErrors([failure], { colors, verbose, width: width() }));
  if (verbose && failure.code === 'INTERNAL') context.stderr.write(stackOf(error));
  return exitCodeOf(commandMeant(context.argv), [failure]);
}

/** Reports what nothing caught, in the middle of whatever was being shown. Returns the exit code. */
export function crash(error: unknown, context: CliContext): Promise<number> {
  if (terminalFor(context.stderr, context.env, undefined).interactive) context.stderr.write(CLEAR_LINE);
  return fail(error, context);
}

async function dispatch(invocation: Invocation, context: CliContext): Promise<number> {
  const { command, words, options } = invocation;
  if (options['help'] === true || command.name === 'help') {
    const topic = command.name === 'help' ? words[0] : command.name;
    const about = topic === undefined ? defaultCommand : findCommand(topic);
    if (!about) throw unknownCommand(topic ?? '');
    const { colors } = terminalFor(context.stdout, context.env, outputOptions(options).color);
    context.stdout.write(renderHelp(about, colors));
    return exitCodes.ok;
  }
  if (options['version'] === true) {
    const { renderVersion } = await import('./version.ts');
    context.stdout.write(renderVersion(process));
    return exitCodes.ok;
  }
  const other = await otherCommand(invocation, context);
  if (other !== undefined) return other;
  const mistaken = mistakenCommand(invocation);
  if (mistaken !== undefined && !isComplete(invocation)) throw unknownCommand(mistaken);
  const resolved = scrapeOptions(invocation, context.cwd);
  const { runScrape } = await import('./commands/scrape.ts');
  return runScrape(resolved, context, mistaken);
}

/** Runs any command but the default one; undefined when it is that. */
async function otherCommand(invocation: Invocation, context: CliContext): Promise<number | undefined> {
  switch (invocation.command.name) {
    case 'apply': {
      const { applyOptions } = await import('./apply-options.ts');
      const { runApply } = await import('./commands/apply.ts');
      return await runApply(applyOptions(invocation, context.cwd), context);
    }
    case 'diff': {
      const { diffOptions } = await import('./diff-options.ts');
      const { runDiff } = await import('./commands/diff.ts');
      return await runDiff(diffOptions(invocation, context.cwd), context);
    }
    case 'inventory': {
      const { inventoryOptions } = await import('./inventory-options.ts');
      const { runInventory } = await import('./commands/inventory.ts');
      return await runInventory(inventoryOptions(invocation, context.cwd), context);
    }
    case 'ls': {
      const { listOptions } = await import('./look-options.ts');
      const { runList } = await import('./commands/ls.ts');
      return await runList(listOptions(invocation, context.cwd), context);
    }
    case 'inspect': {
      const { inspectOptions } = await import('./look-options.ts');
      const { runInspect } = await import('./commands/inspect.ts');
      return await runInspect(inspectOptions(invocation, context.cwd), context);
    }
    case 'verify': {
      const { verifyOptions } = await import('./verify-options.ts');
      const options = verifyOptions(invocation, context.cwd);
      const { isInventoryFile } = await import('./inventory-file.ts');
      if (await isInventoryFile(options.source.path)) {
        const { runVerifyInventory } = await import('./commands/verify-inventory.ts');
        return await runVerifyInventory(options, context);
      }
      const { runVerify } = await import('./commands/verify.ts');
      return await runVerify(options, context);
    }
    case 'completion': {
      const { runCompletion } = await import('./commands/completion.ts');
      return runCompletion(invocation, context);
    }
    default:
      return undefined;
  }
}

/** Where a defect is, for a report of it: the error and what caused it. */
function stackOf(error: unknown): string {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    lines.push(...(cause.stack ?? cause.message).split('\n'));
  return lines.map(line => `  ${printable(line)}\n`).join('');
}
