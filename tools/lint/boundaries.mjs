/** Who may import whom: a package lists the rooms below it that it needs, and no others. */
const mayUse = {
  'lib:engine': [],
  'lib:streams': ['lib:engine'],
  'lib:tracking': ['lib:engine', 'lib:streams'],
  'lib:networks': ['lib:engine'],
  'lib:returns': ['lib:engine'],
  'lib:regularizers': ['lib:engine'],
  'lib:losses': ['lib:engine'],
  'lib:envs': ['lib:engine'],
  'lib:envs-language': ['lib:engine'],
  'lib:replay': ['lib:engine'],
  'lib:exploration': ['lib:engine'],
  'lib:evaluation': ['lib:engine', 'lib:envs', 'lib:streams'],
  'lib:algorithms': ['lib:engine', 'lib:networks', 'lib:returns', 'lib:regularizers', 'lib:losses', 'lib:envs', 'lib:replay', 'lib:exploration', 'lib:evaluation', 'lib:streams'],
  'app:robotics-control': ['lib:engine', 'lib:envs', 'lib:algorithms', 'lib:evaluation', 'lib:streams', 'lib:tracking'],
  'app:llm-reasoning': ['lib:engine', 'lib:networks', 'lib:envs-language', 'lib:algorithms', 'lib:evaluation', 'lib:streams', 'lib:tracking'],
  'app:cli': ['lib:engine', 'lib:envs', 'lib:algorithms', 'lib:evaluation', 'lib:streams', 'lib:tracking', 'app:robotics-control', 'app:llm-reasoning'],
};

export const boundaries = Object.entries(mayUse).map(([sourceTag, onlyDependOnLibsWithTags]) => ({ sourceTag, onlyDependOnLibsWithTags }));
