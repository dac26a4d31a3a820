import type { ChatTemplate, Problem, TokenTask } from '@rivulet/envs-language';

/** A problem whose prompt is a chat; `asked` is what it was. */
interface ChatProblem extends Problem {
  readonly asked: string;
}

/** A task whose prompts are written as a chat: a system message, unless it is empty, the problem, and the header of the answer. */
export function chatTask(task: TokenTask, template: ChatTemplate, system: string): TokenTask {
  const written = (problem: Problem): ChatProblem => {
    const messages = [...(system === '' ? [] : [{ role: 'system', content: system }]), { role: 'user', content: problem.prompt }];
    return { ...problem, asked: problem.prompt, prompt: template.render(messages, { addGenerationPrompt: true }) };
  };
  const plain = (problem: Problem): Problem => ({ ...problem, prompt: (problem as ChatProblem).asked });
  return {
    ...task,
    sample: (rng, options) => written(task.sample(rng, options)),
    splitOf: (problem) => task.splitOf(plain(problem)),
    verify: (problem, text) => task.verify(plain(problem), text),
  };
}
