#ifndef RL_BEHAVIOUR_H
#define RL_BEHAVIOUR_H

#include <stddef.h>

#include "lib/base/error.h"

/*
 * Reasoning behaviours, told by phrases in a response: a rough, reproducible
 * measure, not a reading.  A table names them and their phrases;
 * behaviours.txt is the one built in, and says what a table looks like.
 */
#define BEHAVIOUR_MOST 32

struct behaviour;

/* The table built in; NULL when memory ran out. */
struct behaviour *behaviour_default(struct error *err);

/*
 * An empty table, its lines in order (-1: STATUS_DATA says what is wrong with
 * the line, without a place), and behaviour_ready behind the last one (-1:
 * STATUS_DATA where the table is empty).
 */
struct behaviour *behaviour_new(struct error *err);
int behaviour_line(struct behaviour *b, const char *line, size_t length,
    struct error *err);
int behaviour_ready(struct behaviour *b, struct error *err);

void behaviour_free(struct behaviour *b);

/* How many there are, and the i-th one's name: "self_verification". */
size_t behaviour_count(const struct behaviour *b);
const char *behaviour_name(const struct behaviour *b, size_t i);

/*
 * behaviour_find(b, i, text, length, at):
 * Whether ${text}, UTF-8, shows the i-th behaviour; its first phrase is then
 * in bytes at[0] up to at[1].
 */
int behaviour_find(const struct behaviour *b, size_t i, const char *text,
    size_t length, size_t at[2]);

/* A bit (1 << i) for each that ${text} shows. */
unsigned behaviour_seen(const struct behaviour *b, const char *text,
    size_t length);

#endif
