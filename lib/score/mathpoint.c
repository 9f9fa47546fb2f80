/* The variables' values at the fixed points. */
#include "lib/score/mathpoint.h"

/* Splitmix64's finaliser. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void
mathpoint_value(struct span name, const struct mathpoint *p, fmpq_t q)
{
	uint64_t h = 0x9e3779b97f4a7c15u, bits;
	unsigned negative;
	size_t i;

	for (i = 0; i < name.length; i++)
		h = mix(h ^ (unsigned char)name.data[i]) + 0x9e3779b97f4a7c15u;
	negative = p->index >= MATHPOINT_POSITIVE &&
	    (unsigned)(h >> 63) == (p->index & 1);
	bits = mix(h + p->index);
	/* Between 0 and 4, on both sides of 1; an odd numerator of 26 bits. */
	fmpz_set_ui(fmpq_numref(q), (bits & 0x3ffffff) | 1);
	fmpz_set_ui(fmpq_denref(q), 1u << 24);
	if (negative)
		fmpz_neg(fmpq_numref(q), fmpq_numref(q));
}
