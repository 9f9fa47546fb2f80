/* Any bytes as JSON: what is accepted is written, and read as the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/io/decode.h"
#include "lib/io/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer a = {0}, b = {0};
	json_t *value, *again;

	value = decode_json((const char *)data, size, NULL);
	if (value == NULL)
		return 0;
	if (encode_json(&a, value) != 0)
		abort();
	again = decode_json(a.data, a.length, NULL);
	if (again == NULL || encode_json(&b, again) != 0 ||
	    a.length != b.length || memcmp(a.data, b.data, a.length) != 0)
		abort();
	json_decref(value);
	json_decref(again);
	buffer_free(&a);
	buffer_free(&b);
	return 0;
}
