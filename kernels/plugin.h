#ifndef KERNELS_PLUGIN_H
#define KERNELS_PLUGIN_H

#include <stddef.h>

#include "kernels/kernels.h"

/*
 * What a backend's shared object exports: functions of these names.  The first
 * says for which header it was compiled, and the loader goes on only where its
 * own is the same: VERSION, a page and the sizes of what both sides use.
 */
#define PLUGIN_ABI "plugin_abi"
#define PLUGIN_OPEN "plugin_open"

struct plugin_abi {
	char version[16];
	size_t page; /* positions */
	/* Bytes of the structs. */
	size_t kernels, shape, batch, copy, draw, sampling, adamw, loss,
	    limits;
};

#define PLUGIN_THIS_ABI {VERSION, KV_PAGE, sizeof(struct kernels), \
	sizeof(struct attention_shape), sizeof(struct batch), \
	sizeof(struct page_copy), sizeof(struct draw), \
	sizeof(struct sampling), sizeof(struct adamw), \
	sizeof(struct logits_loss), sizeof(struct kernel_limits)}

typedef const struct plugin_abi *plugin_abi_function(void);
/* As kernels_cuda. */
typedef struct kernels *plugin_open_function(int device, char *why,
    size_t size);

#endif
