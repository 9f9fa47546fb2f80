/* Which model config.json is of: the architecture and what its head gives. */
#include "lib/model/configclass.h"

#include <stdio.h>
#include <string.h>

#include "lib/model/member.h"

#define MAX_LABELS ((size_t)1 << 24)

static const struct architecture architectures[] = {
	{.model_type = "qwen2", .family = "Qwen2", .qkv_bias = 1},
	{.model_type = "llama", .family = "Llama"},
	{.model_type = "qwen3", .family = "Qwen3", .qk_norm = 1,
	    .head_dim = 128},
};

/* What follows the family's name. */
static const char *const heads[] = {
	[CONFIG_LOGITS] = "ForCausalLM",
	[CONFIG_SEQUENCE] = "ForSequenceClassification",
	[CONFIG_TOKENS] = "ForTokenClassification",
};

static int
read_type(struct config *c, const json_t *o, struct error *err)
{
	json_t *type = member_get(o, "model_type");
	const char *name = json_string_value(type);

	if (name == NULL)
		return error_set(err, STATUS_DATA, type == NULL ?
		    "model_type: missing" : "model_type: expected a string");
	for (size_t i = 0; i < sizeof(architectures) / sizeof(*architectures);
	    i++)
		if (strcmp(architectures[i].model_type, name) == 0)
			c->arch = &architectures[i];
	if (c->arch == NULL)
		return error_set(err, STATUS_DATA,
		    "model_type '%s' is not supported", name);
	return 0;
}

/* As transformers counts them: two where nothing is said. */
static int
check_labels(const json_t *o, struct error *err)
{
	json_t *map = member_get(o, "id2label");
	size_t labels = json_object_size(map);

	if (map == NULL &&
	    member_size(&labels, o, "num_labels", 2, MAX_LABELS, err) != 0)
		return -1;
	if (labels != 1)
		return error_set(err, STATUS_DATA,
		    "%s: %zu labels are not supported, only one",
		    map == NULL ? "num_labels" : "id2label", labels);
	return 0;
}

static int
read_head(struct config *c, const json_t *o, const char *name,
    struct error *err)
{
	size_t n = strlen(c->arch->family), i = 0;

	while (i < sizeof(heads) / sizeof(*heads) &&
	    (strncmp(name, c->arch->family, n) != 0 ||
	    strcmp(name + n, heads[i]) != 0))
		i++;
	if (i == sizeof(heads) / sizeof(*heads))
		return error_set(err, STATUS_DATA,
		    "architecture '%s' is not supported", name);
	c->head = (enum config_head)i;
	if (c->head == CONFIG_LOGITS)
		return 0;
	c->value_bias = c->head == CONFIG_TOKENS;
	if (c->value_bias &&
	    member_get(o, "token_classification_bias") != NULL &&
	    member_bool(&c->value_bias, o, "token_classification_bias", err))
		return -1;
	return check_labels(o, err);
}

int
configclass_read(struct config *c, const json_t *o, struct error *err)
{
	json_t *list = member_get(o, "architectures");
	const char *name;

	if (read_type(c, o, err) != 0)
		return -1;
	if (list == NULL || (json_is_array(list) && json_array_size(list) == 0))
		return 0;
	name = json_string_value(json_array_get(list, 0));
	if (name == NULL)
		return error_set(err, STATUS_DATA,
		    "architectures: expected a list of strings");
	return read_head(c, o, name, err);
}

void
configclass_name(const struct config *c, char *name)
{
	snprintf(name, CONFIGCLASS_NAME, "%s%s", c->arch->family,
	    heads[c->head]);
}
