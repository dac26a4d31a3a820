const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A date in UTC and English by a format of Python's strftime: %Y %m %d %y %B %b %A %a %H %M %S %%; other marks stay as they are. */
export function formatDate(date: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const [month, day] = [MONTHS[date.getUTCMonth()], DAYS[date.getUTCDay()]];
  const marks: { readonly [mark: string]: string } = {
    Y: String(date.getUTCFullYear()), y: two(date.getUTCFullYear() % 100), m: two(date.getUTCMonth() + 1), d: two(date.getUTCDate()), B: month, b: month.slice(0, 3), A: day, a: day.slice(0, 3),
    H: two(date.getUTCHours()), M: two(date.getUTCMinutes()), S: two(date.getUTCSeconds()), '%': '%',
  };
  return format.replace(/%([YymdBbAaHMS%])/g, (_, mark: string) => marks[mark]);
}
