/* Packed weights: parts make the whole, transposed ones are the transpose's. */
#include "kernels/isa_test.h"

static const enum dtype types[] = {DTYPE_F32, DTYPE_BF16};

/* W of in_type in `type` as the products read it. */
static void *
converted(const void *in, enum dtype in_type, enum dtype type, size_t n)
{
	void *out = isa_alloc(n * isa_size(type) + 1);

	for (size_t i = 0; i < n; i++) {
		float f = isa_get(in, in_type, i);

		if (type == DTYPE_BF16)
			((uint16_t *)out)[i] = isa_to_bf16(f);
		else
			((float *)out)[i] = f;
	}
	return out;
}

/* Two ranges of rows, meeting at `cut`, packed one after the other. */
static void
check_ranges(struct kernels *k, enum dtype type, enum dtype in_type, size_t N,
    size_t K, size_t cut)
{
	size_t size = isa_size(in_type);
	char *in = isa_filled(in_type, N * K, 7);
	void *weight = converted(in, in_type, type, N * K);
	void *whole = isa_unset(k->packed_bytes(type, N, K));
	void *parts = isa_unset(k->packed_bytes(type, N, K));
	void *turned = isa_unset(k->packed_bytes(type, K, N));
	void *flipped = isa_unset(k->packed_bytes(type, K, N));
	char *transposed = isa_alloc(N * K * isa_size(type));

	for (size_t n = 0; n < N; n++)
		for (size_t i = 0; i < K; i++)
			memcpy(transposed + (i * N + n) * isa_size(type),
			    (char *)weight + (n * K + i) * isa_size(type),
			    isa_size(type));
	k->pack(k, whole, type, N, K, 0, N, weight, type);
	k->pack(k, parts, type, N, K, 0, cut, in, in_type);
	k->pack(
	    k, parts, type, N, K, cut, N - cut, in + cut * K * size, in_type);
	assert_memory_equal(parts, whole, k->packed_bytes(type, N, K));
	k->pack(k, flipped, type, K, N, 0, K, transposed, type);
	k->pack_transposed(k, turned, type, N, K, 0, cut, in, in_type);
	k->pack_transposed(
	    k, turned, type, N, K, cut, N - cut, in + cut * K * size, in_type);
	assert_memory_equal(turned, flipped, k->packed_bytes(type, K, N));
	free(in);
	free(weight);
	free(whole);
	free(parts);
	free(turned);
	free(flipped);
	free(transposed);
}

static void
test_pack(void **state)
{
	static const size_t shapes[][3] = {{1, 1, 0}, {3, 2, 1}, {64, 64, 32},
	    {65, 63, 33}, {130, 37, 61}, {97, 200, 96}, {200, 65, 130},
	    {129, 16, 5}};
	struct kernels *k = isa_open(state, 2);

	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		for (size_t t = 0; t < 4; t++)
			check_ranges(k, types[t / 2], types[t % 2],
			    shapes[i][0], shapes[i][1], shapes[i][2]);
	k->close(k);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    ISA_TEST(test_pack),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
