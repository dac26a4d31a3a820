import { describe, expect, it } from 'vitest';
import { chatTemplate } from './chatTemplate.js';

const chatml = `{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
`;

describe('chatTemplate', () => {
  it('renders the ChatML form', () => {
    const messages = [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: '1+1?' }];
    const body = '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n1+1?<|im_end|>\n';
    expect(chatTemplate(chatml).render(messages)).toBe(body);
    expect(chatTemplate(chatml).render(messages, { addGenerationPrompt: true })).toBe(`${body}<|im_start|>assistant\n`);
  });

  it('hands over tools, variables, constants and range', () => {
    const template = "{{ bos_token }}{% if tools %}{{ tools[0].name }}{% endif %}{% if thinking == True and not False %}T{% endif %}{% for i in range(1, 6, 2) %}{{ i }}{% endfor %}{% for i in range(2) %}{{ i }}{% endfor %}{{ none is none }}";
    expect(chatTemplate(template).render([], { tools: [{ name: 'calc' }], variables: { bos_token: '<s>', thinking: true } })).toBe('<s>calcT13501true');
    expect(chatTemplate('{{ messages | length }}').render([{ role: 'a', content: '' }], { variables: { messages: 'not this' } })).toBe('1');
  });

  it('writes the date it is given, and reads no clock', () => {
    const template = chatTemplate("{{ strftime_now('%d %b %Y, %A %H:%M:%S %y %%d %B %a %q') }}");
    expect(template.render([], { date: new Date(Date.UTC(2024, 6, 4, 3, 2, 1)) })).toBe('04 Jul 2024, Thursday 03:02:01 24 %d July Thu %q');
    expect(() => template.render([])).toThrow(/pass one as date/);
  });

  it("fails with the template's words, and says so when it does not parse", () => {
    expect(() => chatTemplate("{{ raise_exception('roles must alternate') }}").render([])).toThrow(/chatTemplate: roles must alternate/);
    expect(() => chatTemplate('{% for x in %}')).toThrow(/does not parse/);
    expect(() => chatTemplate('{{ range(0, 5, 0) }}').render([])).toThrow(/step must not be 0/);
    expect(() => chatTemplate('{{ range(99999999) }}').render([])).toThrow(/too many/);
  });
});
