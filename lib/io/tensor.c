/* Conversion between float and the types that are stored. */
#include "lib/io/tensor.h"

#include <stdint.h>
#include <string.h>

size_t
tensor_size(enum tensor_type type)
{
	return type == TENSOR_F32 ? 4 : 2;
}

static float
from_bits(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static uint32_t
to_bits(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static float
from_f16(uint16_t h)
{
	uint32_t sign = (uint32_t)(h >> 15) << 31, e = h >> 10 & 31;
	uint32_t m = h & 1023;

	if (e == 31)
		return from_bits(sign | 0x7f800000 | m << 13);
	if (e != 0)
		return from_bits(sign | (e + 112) << 23 | m << 13);
	/* Subnormals: m * 2^-24 is exact. */
	return from_bits(sign | to_bits((float)m * 0x1p-24f));
}

/* Round the low `drop` bits away, to nearest, ties to even. */
static uint32_t
round_off(uint32_t x, unsigned drop)
{
	uint32_t half = (uint32_t)1 << (drop - 1);

	return (x + half - 1 + (x >> drop & 1)) >> drop;
}

static uint16_t
to_f16(float x)
{
	uint32_t bits = to_bits(x), e = bits >> 23 & 255;
	uint32_t m = bits & 0x7fffff;
	uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);

	if (e == 255)
		return (uint16_t)(sign | 0x7c00 |
		    (m != 0 ? 0x200 | m >> 13 : 0));
	if (e >= 143)
		return sign | 0x7c00;
	/* A carry out of the mantissa rightly raises the exponent. */
	if (e >= 113)
		return (uint16_t)(sign | round_off((e - 112) << 23 | m, 13));
	if (e < 102)
		return sign;
	return (uint16_t)(sign | round_off(m | 0x800000, 126 - e));
}

static uint16_t
to_bf16(float x)
{
	uint32_t bits = to_bits(x);

	if ((bits & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(bits >> 16 | 0x40);
	return (uint16_t)round_off(bits, 16);
}

int
tensor_aligned(const struct tensor *t)
{
	uintptr_t at = (uintptr_t)t->data;

	return t->type == TENSOR_F32 ? at % 4 == 0 :
	    t->type == TENSOR_BF16 && at % 2 == 0;
}

void
tensor_to_f32(float *out, const struct tensor *t, size_t first, size_t count)
{
	const unsigned char *in;
	uint16_t h;
	size_t i;

	in = (const unsigned char *)t->data + first * tensor_size(t->type);
	if (t->type == TENSOR_F32) {
		if (count > 0)
			memcpy(out, in, count * sizeof(*out));
		return;
	}
	for (i = 0; i < count; i++) {
		memcpy(&h, in + 2 * i, 2);
		out[i] = t->type == TENSOR_BF16 ?
		    from_bits((uint32_t)h << 16) : from_f16(h);
	}
}

void
tensor_from_f32(void *out, enum tensor_type type, const float *values,
    size_t count)
{
	unsigned char *to = out;
	uint16_t h;
	size_t i;

	if (type == TENSOR_F32) {
		if (count > 0)
			memcpy(out, values, count * sizeof(*values));
		return;
	}
	for (i = 0; i < count; i++) {
		h = type == TENSOR_BF16 ? to_bf16(values[i]) :
		    to_f16(values[i]);
		memcpy(to + 2 * i, &h, 2);
	}
}
