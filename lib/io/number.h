#ifndef IO_NUMBER_H
#define IO_NUMBER_H

#include <stddef.h>
#include <jansson.h>

/*
 * Numbers that keep their text.  A JSON integer or real whose text encode_json
 * gives back is jansson's own; any other (1.10, 1E5, -0, 2^64) is a string
 * value of the byte 0xff, which no UTF-8 has, and the text.
 */

#define NUMBER_TEXT 32 /* enough for number_print */

/* The shortest decimal that reads back as ${x}, as Python has it; its size. */
size_t number_print(char text[NUMBER_TEXT], double x);

/* The double whose shortest decimal is the shortest that reads back as ${x}. */
double number_from_float(float x);

/*
 * number_read(text, length, value):
 * The number that ${text} begins with, by JSON's grammar.  Returns how many
 * bytes it has and a new reference in ${value}; 0 if there is none; with
 * ${value} NULL memory ran out.
 */
size_t number_read(const char *text, size_t length, json_t **value);

/* A number that travels as its text: the text, or NULL. */
const char *number_text(const json_t *value);

/* 0 and a double (perhaps infinite), or -1 if ${value} is no number. */
int number_value(const json_t *value, double *x);

#endif
