#ifndef TOOLS_COMPARE_H
#define TOOLS_COMPARE_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/error.h"
#include "lib/rl/paired.h"

/* Two evaluations on the same prompts, told apart by the paired bootstrap. */
struct compare;

struct compare *compare_new(struct error *err);
void compare_free(struct compare *c);

/*
 * compare_add(c, side, record, err):
 * Add a scored trajectory to the first evaluation (${side} 0) or the second.
 * 0, or -1: STATUS_DATA names the field, or says that the prompt's question is
 * another one than the other records with its id have.
 */
int compare_add(struct compare *c, size_t side, const json_t *record,
    struct error *err);

struct compare_settings {
	const char *names[2]; /* the files', for messages and the table */
	double level;
	size_t resamples;
	uint64_t seed;
};

struct compare_result {
	size_t prompts;
	size_t samples[2];
	size_t better, worse; /* prompts by their share of right samples */
	struct paired_result figures[PAIRED_FIGURES];
};

/*
 * compare_result(c, s, r, err):
 * The same bytes for the same seed.  -1: STATUS_DATA where one has prompts
 * that the other lacks, or where there are none.
 */
int compare_result(const struct compare *c, const struct compare_settings *s,
    struct compare_result *r, struct error *err);

/* Add it to ${object}; 0 or -1. */
int compare_report(json_t *object, const struct compare_result *r,
    struct error *err);

/* Print it for people. */
void compare_table(FILE *to, const struct compare_settings *s,
    const struct compare_result *r);

#endif
