#include "lib/io/safetensors.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/io/tensor.h"

static char dir[64];

static int
setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/safetensors_test.XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const names[] = {"model.safetensors",
	    "model.safetensors.index.json", "a.safetensors", "b.safetensors"};
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	/* Fails where a temporary file was left. */
	return rmdir(dir);
}

static void
put_bytes(const char *name, const void *data, size_t length)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

/* A file of a header and `length` bytes of data that count up. */
static void
put_file(const char *name, const char *header, size_t length)
{
	size_t n = strlen(header), i;
	unsigned char *file = calloc(1, 8 + n + length);

	assert_non_null(file);
	for (i = 0; i < 8; i++)
		file[i] = (unsigned char)((uint64_t)n >> 8 * i);
	memcpy(file + 8, header, n);
	for (i = 0; i < length; i++)
		file[8 + n + i] = (unsigned char)i;
	put_bytes(name, file, 8 + n + length);
	free(file);
}

static void
refused(enum status status, const char *text)
{
	struct error err = {0};
	char expected[256];

	assert_null(safetensors_open(dir, "model", &err));
	snprintf(expected, sizeof(expected), "%s/%s", dir, text);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.status, status);
}

static void
header_refused(const char *header, size_t length, const char *text)
{
	char expected[256];

	put_file("model.safetensors", header, length);
	snprintf(expected, sizeof(expected), "model.safetensors: %s", text);
	refused(STATUS_DATA, expected);
}

#define T(name, dtype, shape, begin, end) \
	"\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape "]," \
	"\"data_offsets\":[" #begin "," #end "]}"

static void
test_reads(void **state)
{
	struct safetensors *s;
	const struct tensor *t;
	struct error err;

	(void)state;
	/* Declared in another order than they lie, one at an odd place. */
	put_file("model.safetensors", "{\"__metadata__\":{\"x\":\"y\"},"
	    T("b", "BF16", "2,3", 1, 13) "," T("u", "U8", "1", 0, 1) ","
	    T("scalar", "F32", "", 13, 17) "," T("none", "F32", "0,7", 17, 17)
	    "}   ", 17);
	s = safetensors_open(dir, "model", &err);
	assert_non_null(s);
	assert_int_equal(safetensors_count(s), 4);
	t = safetensors_find(s, "b");
	assert_non_null(t);
	assert_ptr_equal(t, safetensors_at(s, 0));
	assert_true(t->type == TENSOR_BF16 && t->dims == 2 && t->count == 6);
	assert_true(t->shape[0] == 2 && t->shape[1] == 3);
	assert_int_equal(*(const unsigned char *)t->data, 1);
	t = safetensors_find(s, "scalar");
	assert_true(t->dims == 0 && t->count == 1);
	t = safetensors_find(s, "none");
	assert_true(t->dims == 2 && t->count == 0);
	assert_int_equal(safetensors_find(s, "u")->type, TENSOR_OTHER);
	assert_null(safetensors_find(s, "__metadata__"));
	assert_null(safetensors_find(s, "c"));
	safetensors_close(s);
	put_file("model.safetensors", "{}", 0);
	s = safetensors_open(dir, "model", &err);
	assert_non_null(s);
	assert_int_equal(safetensors_count(s), 0);
	assert_null(safetensors_find(s, "b"));
	safetensors_close(s);
	safetensors_close(NULL);
}

static void
test_bad_lengths(void **state)
{
	(void)state;
	refused(STATUS_NOINPUT,
	    "model.safetensors: No such file or directory");
	put_bytes("model.safetensors", "1234567", 7);
	refused(STATUS_DATA, "model.safetensors: not a safetensors file");
	put_bytes("model.safetensors", "\3\0\0\0\0\0\0\0{}", 10);
	refused(STATUS_DATA, "model.safetensors: "
	    "header of 3 bytes in a file of 10");
	put_bytes("model.safetensors", "\xff\xff\xff\xff\xff\xff\xff\xff{}",
	    10);
	refused(STATUS_DATA, "model.safetensors: "
	    "header of 18446744073709551615 bytes in a file of 10");
	put_bytes("model.safetensors", "\0\0\0\0\0\0\0\0{}", 10);
	refused(STATUS_DATA, "model.safetensors: header: "
	    "'[' or '{' expected near end of file");
}

static void
test_bad_headers(void **state)
{
	(void)state;
	header_refused("[]", 0, "header: not a JSON object");
	header_refused("{" T("a", "F32", "1", 0, 4) ","
	    T("a", "F32", "1", 4, 8) "}", 8,
	    "header: duplicate object key near '\"a\"'");
	header_refused("{\"a\":1}", 0, "a: unknown dtype (none)");
	header_refused("{" T("a", "F99", "1", 0, 4) "}", 4,
	    "a: unknown dtype F99");
	header_refused("{" T("a", "F32", "-1", 0, 4) "}", 4, "a: bad shape");
	header_refused("{" T("a", "F32", "1.5", 0, 4) "}", 4, "a: bad shape");
	header_refused("{" T("a", "F32", "1,1,1,1,1,1,1,1,1", 0, 4) "}", 4,
	    "a: bad shape");
	header_refused("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}",
	    4, "a: bad shape");
	/* 2^32 * 2^32 is 0, 2^62 * 32 bits is 0, modulo 2^64. */
	header_refused("{" T("a", "F32", "4294967296,4294967296", 0, 0) "}",
	    0, "a: bad shape");
	header_refused("{" T("a", "F32", "4611686018427387904", 0, 0) "}", 0,
	    "a: bad shape");
}

static void
test_bad_offsets(void **state)
{
	(void)state;
	header_refused("{" T("a", "F32", "1", 4, 0) "}", 4, "a: "
	    "data_offsets [4,0] outside the file's 4 bytes");
	header_refused("{" T("a", "F32", "2", 0, 8) "}", 4, "a: "
	    "data_offsets [0,8] outside the file's 4 bytes");
	header_refused("{" T("a", "F32", "1", -4, 0) "}", 4,
	    "a: bad data_offsets");
	header_refused("{" T("a", "F32", "2", 0, 4) "}", 4, "a: "
	    "4 bytes where its shape needs 8");
	header_refused("{" T("a", "F32", "1", 0, 4) ","
	    T("b", "F32", "1", 2, 6) "}", 6, "b: an overlap before its data");
	header_refused("{" T("a", "F32", "1", 0, 4) ","
	    T("b", "F32", "1", 0, 4) "}", 4, "b: an overlap before its data");
	header_refused("{" T("a", "F32", "1", 0, 4) ","
	    T("b", "F32", "1", 8, 12) "}", 12, "b: a hole before its data");
	header_refused("{" T("a", "F32", "1", 0, 4) "}", 7,
	    "3 bytes that belong to no tensor");
}

static void
put_index(const char *map)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"weight_map\":%s}", map);
	put_bytes("model.safetensors.index.json", text, strlen(text));
}

static void
test_shards(void **state)
{
	struct safetensors *s;
	struct error err;

	(void)state;
	put_file("a.safetensors", "{" T("x", "F32", "1", 0, 4) "}", 4);
	put_file("b.safetensors", "{" T("z", "F32", "1", 0, 4) ","
	    T("y", "F32", "1", 4, 8) "}", 8);
	put_index("{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\","
	    "\"z\":\"b.safetensors\"}");
	s = safetensors_open(dir, "model", &err);
	assert_non_null(s);
	assert_int_equal(safetensors_count(s), 3);
	assert_string_equal(safetensors_at(s, 1)->name, "y");
	assert_int_equal(*(const unsigned char *)
	    safetensors_find(s, "y")->data, 4);
	safetensors_close(s);
#define INDEX "model.safetensors.index.json: "
	put_index("{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\"}");
	refused(STATUS_DATA, INDEX "weight_map: z: missing");
	put_index("{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\","
	    "\"z\":\"a.safetensors\"}");
	refused(STATUS_DATA, INDEX "weight_map: z: not in a.safetensors");
	put_index("{\"x\":\"a.safetensors\",\"w\":\"b.safetensors\"}");
	refused(STATUS_DATA, INDEX "weight_map: w: not in b.safetensors");
	put_index("{\"x\":\"../a.safetensors\"}");
	refused(STATUS_DATA, INDEX "weight_map: x: bad file name");
	put_index("{\"x\":1}");
	refused(STATUS_DATA, INDEX "weight_map: x: bad file name");
	put_index("[]");
	refused(STATUS_DATA, INDEX "weight_map: missing");
	put_index("{\"x\":\"c.safetensors\"}");
	refused(STATUS_NOINPUT, "c.safetensors: No such file or directory");
	put_file("b.safetensors", "{" T("x", "F32", "1", 0, 4) ","
	    T("y", "F32", "1", 4, 8) "}", 8);
	put_index("{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\"}");
	assert_null(safetensors_open(dir, "model", &err));
	assert_non_null(strstr(err.text, "tensor x in two files"));
	assert_int_equal(err.status, STATUS_DATA);
}

static void
test_types(void **state)
{
	/* Exact, ties to even both ways, subnormals, the largest, overflow. */
	static const float in[] = {1.0f, -2.5f, 1.00390625f, 1.01171875f,
	    0x1p-24f, 0x1p-25f, 0x1.8p-25f, 65504.0f, 65519.0f, 65520.0f,
	    0x1.fffp-15f, -0.0f};
	static const float bf16[] = {1.0f, -2.5f, 1.0f, 1.015625f,
	    0x1p-24f, 0x1p-25f, 0x1.8p-25f, 65536.0f, 65536.0f, 65536.0f,
	    0x1p-14f, -0.0f};
	static const float f16[] = {1.0f, -2.5f, 1.00390625f, 1.01171875f,
	    0x1p-24f, 0, 0x1p-24f, 65504.0f, 65504.0f, INFINITY, 0x1p-14f,
	    -0.0f};
	const size_t n = sizeof(in) / sizeof(in[0]);
	uint16_t stored[sizeof(in) / sizeof(in[0])];
	float out[sizeof(in) / sizeof(in[0])], special[2] = {NAN, INFINITY};
	struct tensor t = {.data = stored};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		t.type = i == 0 ? TENSOR_BF16 : TENSOR_F16;
		tensor_from_f32(stored, t.type, in, n);
		tensor_to_f32(out, &t, 0, n);
		assert_memory_equal(out, i == 0 ? bf16 : f16, sizeof(out));
		tensor_from_f32(stored, t.type, special, 2);
		tensor_to_f32(out, &t, 0, 2);
		assert_true(isnan(out[0]) && isinf(out[1]));
		tensor_to_f32(out, &t, 1, 1);
		assert_true(isinf(out[0]));
	}
}

/* Every half there is comes back as it was. */
static void
test_every_half(void **state)
{
	struct tensor t = {.type = TENSOR_F16};
	uint16_t h, again;
	float x;
	uint32_t i;

	(void)state;
	for (i = 0; i < 65536; i++) {
		h = (uint16_t)i;
		t.data = &h;
		tensor_to_f32(&x, &t, 0, 1);
		tensor_from_f32(&again, TENSOR_F16, &x, 1);
		if (!isnan(x))
			assert_int_equal(again, h);
	}
}

static void
test_writes(void **state)
{
	static const struct tensor tensors[] = {
		{.name = "w", .type = TENSOR_F32, .dims = 2,
		    .shape = {3, 10000}},
		{.name = "empty", .type = TENSOR_F16, .dims = 1},
		{.name = "h", .type = TENSOR_BF16, .dims = 1, .shape = {5}},
	};
	struct safetensors_writer *w;
	struct safetensors *s;
	struct error err;
	float *values = calloc(30005, sizeof(*values)), out;
	char path[128];
	size_t i;

	(void)state;
	snprintf(path, sizeof(path), "%s/model.safetensors", dir);
	for (i = 0; i < 30005; i++)
		values[i] = (float)(i % 251);
	w = safetensors_create(path, tensors, 3, &err);
	assert_non_null(w);
	assert_int_equal(safetensors_write(w, values, 7, &err), 0);
	assert_int_equal(safetensors_write(w, values + 7, 29998, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(safetensors_finish(w, &err), 0);
	s = safetensors_open(dir, "model", &err);
	assert_non_null(s);
	assert_int_equal(safetensors_count(s), 3);
	assert_memory_equal(safetensors_find(s, "w")->data, values, 120000);
	assert_int_equal((uintptr_t)safetensors_find(s, "w")->data % 8, 0);
	tensor_to_f32(&out, safetensors_find(s, "h"), 4, 1);
	assert_true(out == values[30004]);
	assert_int_equal(safetensors_find(s, "empty")->count, 0);
	safetensors_close(s);
	unlink(path);
	w = safetensors_create(path, tensors, 3, &err);
	assert_int_equal(safetensors_write(w, values, 30005, &err), 0);
	assert_int_equal(safetensors_write(w, values, 1, &err), -1);
	assert_int_equal(err.status, STATUS_INTERNAL);
	safetensors_abandon(w);
	w = safetensors_create(path, tensors, 3, &err);
	assert_int_equal(safetensors_write(w, values, 30004, &err), 0);
	assert_int_equal(safetensors_finish(w, &err), -1);
	assert_string_equal(err.text, "fewer values than declared");
	assert_int_equal(access(path, F_OK), -1);
	free(values);
}

static void
test_full_disk(void **state)
{
	static const struct tensor tensor = {.name = "w", .type = TENSOR_F32,
	    .dims = 1, .shape = {4}};
	static const struct tensor bad[] = {{.name = "w"}, {.name = "w"}};
	struct error err;

	(void)state;
	assert_null(safetensors_create("/dev/full", &tensor, 1, &err));
	assert_int_equal(err.status, STATUS_IO);
	assert_string_equal(err.text, "/dev/full: No space left on device");
	assert_null(safetensors_create("/nonexistent/x", &tensor, 1, &err));
	assert_int_equal(err.status, STATUS_CANTCREATE);
	assert_null(safetensors_create("/dev/null", bad, 2, &err));
	assert_string_equal(err.text, "w: declared twice");
}

int
main(void)
{
#define TEST(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_reads),
		TEST(test_bad_lengths),
		TEST(test_bad_headers),
		TEST(test_bad_offsets),
		TEST(test_shards),
		TEST(test_types),
		TEST(test_every_half),
		TEST(test_writes),
		TEST(test_full_disk),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
