#include "lib/model/inventory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/model/toy_test.h"

/* What a checkpoint with the toy's tensors and another one is said to be. */
static void
expect(struct config c, struct tensor other, const char *message)
{
	char dir[] = "/tmp/inventory_test.XXXXXX", path[64];
	struct safetensors_writer *w;
	struct safetensors *s;
	struct parameters p;
	struct tensor *t;
	struct error err = {0};
	float *zeros;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/model.safetensors", dir);
	assert_int_equal(parameters_layout(&p, &c), 0);
	t = calloc(p.count + 1, sizeof(*t));
	zeros = calloc(p.total + other.count, sizeof(*zeros));
	for (size_t i = 0; i < p.count; i++)
		t[i] = (struct tensor){.name = p.list[i].name,
		    .dims = p.list[i].cols > 0 ? 2 : 1,
		    .shape = {p.list[i].rows, p.list[i].cols},
		    .count = p.list[i].count};
	t[p.count] = other;
	w = safetensors_create(path, t, p.count + (other.name != NULL), &err);
	assert_non_null(w);
	assert_int_equal(safetensors_write(w, zeros, p.total + other.count,
	    &err), 0);
	assert_int_equal(safetensors_finish(w, &err), 0);
	s = safetensors_open(dir, "model", &err);
	assert_non_null(s);
	assert_int_equal(inventory_check(&p, &c, s, &err), message ? -1 : 0);
	if (message != NULL)
		assert_string_equal(err.text, message);
	safetensors_close(s);
	unlink(path);
	rmdir(dir);
	parameters_free(&p);
	free(zeros);
	free(t);
}

static void
test_others(void **state)
{
	struct config c = toy_config();
	struct tensor spare = {.name = "lm_head.weight", .dims = 2,
	    .shape = {c.vocab, c.hidden}, .count = c.vocab * c.hidden};
	struct tensor odd = {.name = "model.odd", .dims = 1, .shape = {3},
	    .count = 3};
	struct tensor buffer = odd;

	(void)state;
	buffer.name = "model.layers.0.self_attn.rotary_emb.inv_freq";
	expect(c, (struct tensor){0}, NULL);
	expect(c, spare, NULL);
	expect(c, buffer, NULL);
	expect(c, odd,
	    "tensor model.odd: a toy model of this config.json has none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
