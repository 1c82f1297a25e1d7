/** The package `ms` comes without types; without this, Temporal's durations would silently be `any`. */
declare module 'ms' {
  type Unit = 'ms' | 'millisecond' | 'second' | 'minute' | 'hour' | 'day';
  export type StringValue = `${number} ${Unit | `${Unit}s`}`;
}
