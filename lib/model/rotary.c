/* Angles of the rotary embedding, rounded step by step as transformers does. */
#include "lib/model/rotary.h"

#include <math.h>

/*
 * The frequency of pair i of D/2, in fp32.  Division by D before the power
 * and rounding after each step are transformers'; pow is taken in double and
 * rounded once, which is where torch's fp32 power may differ by an ulp.
 */
static float
frequency(const struct config *c, size_t i)
{
	float exponent = (float)(2 * i) / (float)c->head_dim;

	return 1.0f / (float)pow(c->rope_theta, (double)exponent);
}

/* Llama 3.1: long wavelengths stretched, short ones kept, between blended. */
static float
stretch(const struct rope_scaling *s, float f)
{
	float wavelength = (float)(2 * M_PI) / f;
	float factor = (float)s->factor;
	float blend;

	if (wavelength > (float)(s->original_positions / s->low_freq_factor))
		return f / factor;
	if (wavelength < (float)(s->original_positions / s->high_freq_factor))
		return f;
	blend = ((float)s->original_positions / wavelength -
		    (float)s->low_freq_factor) /
	    (float)(s->high_freq_factor - s->low_freq_factor);
	return (1.0f - blend) * f / factor + blend * f;
}

void
rotary_table(float *out, const struct config *c, size_t positions)
{
	size_t half = c->head_dim / 2;
	float f, angle;

	for (size_t i = 0; i < half; i++) {
		f = frequency(c, i);
		if (c->rope_scaling.factor > 0)
			f = stretch(&c->rope_scaling, f);
		for (size_t p = 0; p < positions; p++) {
			angle = (float)p * f;
			out[p * c->head_dim + i] = (float)cos((double)angle);
			out[p * c->head_dim + half + i] =
			    (float)sin((double)angle);
		}
	}
}
