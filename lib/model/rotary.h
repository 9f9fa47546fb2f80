#ifndef MODEL_ROTARY_H
#define MODEL_ROTARY_H

#include <stddef.h>

#include "lib/model/config.h"

/*
 * rotary_table(out, c, positions):
 * The angles of the rotary embedding (arXiv:2104.09864) for the positions
 * 0 … positions-1: out (positions, D), D/2 cosines then D/2 sines, host
 * memory.  The angles are rounded as transformers rounds them: frequencies
 * and position × frequency in fp32, so that far positions agree too.  With
 * rope_scaling, the frequencies are those of Llama 3.1.
 */
void rotary_table(float *out, const struct config *c, size_t positions);

#endif
