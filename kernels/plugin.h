#ifndef KERNELS_PLUGIN_H
#define KERNELS_PLUGIN_H

#include <stddef.h>

#include "kernels/kernels.h"

/*
 * What a backend's shared object exports: functions of these names.  The first
 * says for which header it was compiled, and the loader goes on only where its
 * own is the same: VERSION and the sizes of what both sides use.
 */
#define PLUGIN_ABI "plugin_abi"
#define PLUGIN_OPEN "plugin_open"

struct plugin_abi {
	char version[16];
	size_t kernels, batch, draw, sampling, loss; /* bytes of the structs */
};

#define PLUGIN_THIS_ABI {VERSION, sizeof(struct kernels), \
	sizeof(struct batch), sizeof(struct draw), sizeof(struct sampling), \
	sizeof(struct logits_loss)}

typedef const struct plugin_abi *plugin_abi_function(void);
/* As kernels_cuda. */
typedef struct kernels *plugin_open_function(int device, char *why,
    size_t size);

#endif
