#ifndef TOOLS_THROUGHPUT_H
#define TOOLS_THROUGHPUT_H

#include <stdio.h>

#include "lib/base/error.h"
#include "lib/model/sampler.h"

/*
 * throughput_print(out, m, stats, slots, seconds, err):
 * empg-sample's --stats, a line of JSON: what a run of ${seconds} did, how
 * fast, and which share that is of what this machine, measured now, gives.
 * 0, or -1 with STATUS_TEMPFAIL.
 */
int throughput_print(FILE *out, struct model *m,
    const struct sampler_stats *stats, size_t slots, double seconds,
    struct error *err);

#endif
