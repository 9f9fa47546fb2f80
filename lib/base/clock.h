#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Seconds of a clock that only goes forward, for durations. */
double clock_seconds(void);

#endif
