/* Pages of the key-value cache: their size, and copies of parts of them. */
#include "kernels/cpu/isa/kv.h"
#include "kernels/cpu/isa/ops.h"

size_t
ISA_NAME(kv_page_bytes)(enum dtype type, const struct attention_shape *a)
{
	return a->kv_heads * kv_head_bytes(type, a->head_dim);
}

/* One head's part: rows of keys, (KV_PAGE) words each, then values. */
static void
copy_head(char *to, const char *from, enum dtype type, size_t D, size_t n)
{
	size_t width = kv_padded(D), pair = kv_pair(type);
	uint16_t *value = kv_values(to, type, D);
	const uint16_t *source = kv_values(from, type, D);

	for (size_t i = 0; i < D / pair; i++)
		memcpy(to + i * KV_PAGE * 4, from + i * KV_PAGE * 4, n * 4);
	memcpy(value, source, n / pair * width * 4);
	for (size_t d = 0; n % pair != 0 && d < width; d++) {
		size_t i = kv_value_index(type, D, n - 1, d);

		value[i] = source[i];
	}
}

void
ISA_NAME(kv_copy)(struct kernels *k, void *cache, enum dtype type,
    const struct attention_shape *a, const struct page_copy *copies, size_t n)
{
	size_t bytes = ISA_NAME(kv_page_bytes)(type, a);
	size_t head = kv_head_bytes(type, a->head_dim);

	(void)k;
	for (size_t i = 0; i < n; i++)
		for (size_t g = 0; g < a->kv_heads; g++)
			copy_head((char *)cache + copies[i].to * bytes +
			    g * head, (char *)cache + copies[i].from * bytes +
			    g * head, type, a->head_dim, copies[i].positions);
}
