/*
 * A plugin that opens nothing, and is of this build but for the word of its
 * ABI that OTHER_PLUGIN numbers.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/plugin.h"

plugin_abi_function plugin_abi;
plugin_open_function plugin_open;

const struct plugin_abi *
plugin_abi(void)
{
	static union {
		struct plugin_abi abi;
		size_t words[sizeof(struct plugin_abi) / sizeof(size_t)];
	} u;
	const char *differs = getenv("OTHER_PLUGIN");

	u.abi = (struct plugin_abi)PLUGIN_THIS_ABI;
	if (differs != NULL && isdigit((unsigned char)*differs))
		u.words[strtoul(differs, NULL, 10)]++;
	return &u.abi;
}

struct kernels *
plugin_open(int device, char *why, size_t size)
{
	(void)device;
	snprintf(why, size, "opened");
	return NULL;
}
