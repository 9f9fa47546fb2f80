/*
 * What the CUDA backend does of passes that come again, on memory that changes,
 * downloads that others overtake, and uploads that are many.
 */
#include "kernels/device_test.h"

#include "kernels/cuda/cuda.h"

#define N 5

static void
test_replay(void **state)
{
	static const uint32_t from[] = {3, UINT32_MAX, 0, 0, 4};
	struct kernels *k = *state;
	int32_t *tokens = device_unset(k, N * 4), got[N];
	int32_t *drawn = device_unset(k, N * 4);
	uint32_t *index = device_put(k, from, sizeof(from));
	size_t replayed = 0;

	for (int32_t i = 0; i < 12; i++) {
		const int32_t in[N] = {i, i + 1, i + 2, i + 3, i + 4};
		const int32_t want[N] = {i + 3, -1, i, i, i + 4};
		int32_t unset[N] = {-1, -1, -1, -1, -1};

		k->upload(k, drawn, in, sizeof(in));
		k->upload(k, tokens, unset, sizeof(unset));
		/* Another key between them is another pass. */
		if (k->replay_begin(k, i == 1 ? 7 : 3)) {
			replayed++;
		} else {
			k->pick_tokens(k, tokens, drawn, index, N);
			k->replay_end(k);
		}
		k->download(k, got, tokens, sizeof(got));
		assert_memory_equal(got, want, sizeof(got));
		if (i == 8) { /* forgets */
			void *p = k->alloc(k, 1);

			k->free(k, p);
		}
	}
	assert_int_equal(replayed, 4);
	k->free(k, tokens);
	k->free(k, drawn);
	k->free(k, index);
}

static void
test_downloads(void **state)
{
	struct kernels *k = *state;
	int32_t host[3], *p = device_unset(k, 4);

	for (int32_t i = 0; i < 3; i++) {
		k->upload(k, p, &i, sizeof(i));
		if (i == 2) {
			k->download_end(k);
			assert_int_equal(host[0], 0);
		}
		k->download_begin(k, &host[i], p, sizeof(i));
	}
	k->download_end(k);
	assert_int_equal(host[1], 1);
	k->download_end(k);
	assert_int_equal(host[2], 2);
	k->free(k, p);
}

/*
 * Small ones fill either buffer more than twice, a large one between them needs
 * three; the host's memory changes as soon as it is given.
 */
static void
test_uploads(void **state)
{
	enum { MANY = 100 };
	struct kernels *k = *state;
	size_t buffer = ((const struct cuda *)k)->pinned_bytes / 4;
	size_t small = buffer / 18, large = buffer * 5 / 2;
	size_t all = MANY * small + large;
	int32_t *p = device_unset(k, all * 4), *host = isa_alloc(all * 4);

	for (size_t i = 0; i < MANY; i++) {
		for (size_t j = 0; j < small; j++)
			host[j] = (int32_t)(i * small + j);
		k->upload(k, p + i * small, host, small * 4);
		if (i != 20)
			continue;
		for (size_t j = 0; j < large; j++)
			host[j] = (int32_t)(MANY * small + j);
		k->upload(k, p + MANY * small, host, large * 4);
	}
	k->download(k, host, p, all * 4);
	for (size_t i = 0; i < all; i++)
		if (host[i] != (int32_t)i)
			fail_msg("at %zu of %zu: %d", i, all, host[i]);
	free(host);
	k->free(k, p);
}

/* Where no memory can be had for the buffers, it is not asked for again. */
static void
test_unpinned(void **state)
{
	struct kernels *k = kernels_emulated();
	struct cuda *c = (struct cuda *)k;
	size_t bytes;
	int32_t i = 1, *p;

	(void)state;
	assert_non_null(c);
	bytes = c->pinned_bytes;
	c->pinned_bytes = (size_t)1 << 50;
	p = device_put(k, &i, sizeof(i));
	c->pinned_bytes = bytes;
	i = 2;
	k->upload(k, p, &i, sizeof(i));
	i = 0;
	k->download(k, &i, p, sizeof(i));
	assert_int_equal(i, 2);
	assert_null(c->pinned);
	k->free(k, p);
	k->close(k);
}

int
main(void)
{
	struct kernels *k = device_open();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_replay, k),
		cmocka_unit_test_prestate(test_downloads, k),
		cmocka_unit_test_prestate(test_uploads, k),
		cmocka_unit_test(test_unpinned),
	};

	DEVICE_MAIN(k, tests);
}
