#ifndef MODEL_CONFIGCLASS_H
#define MODEL_CONFIGCLASS_H

#include <jansson.h>

#include "lib/base/error.h"
#include "lib/model/config.h"

#define CONFIGCLASS_NAME 64

/*
 * configclass_read(c, o, err):
 * c->arch, c->head and c->value_bias from the members model_type, architectures
 * and, of a classifier, num_labels or id2label of config.json's object ${o}.
 * Another model, another class, and more labels than one are refused.  0, or -1
 * with STATUS_DATA.
 */
int configclass_read(struct config *c, const json_t *o, struct error *err);

/* The class's name in transformers, into ${name} (CONFIGCLASS_NAME). */
void configclass_name(const struct config *c, char *name);

#endif
