#ifndef TOOLS_ACCOUNT_H
#define TOOLS_ACCOUNT_H

#include <stddef.h>
#include <stdio.h>

#include "lib/base/error.h"
#include "lib/model/trainer.h"

/* What a whole update did, for --stats. */
struct account {
	const struct trainer *trainer;
	size_t tokens;  /* trained_tokens of all steps */
	double load, read, prepare, steps, write; /* seconds */
};

/*
 * A JSON line as empg-update(1) has it under --stats; measures the machine.
 * 0, or -1 with STATUS_TEMPFAIL.
 */
int account_print(const struct account *a, FILE *out, struct error *err);

#endif
