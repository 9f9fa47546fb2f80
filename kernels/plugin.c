/* Loading the CUDA backend, which is not linked with the programs. */
#include "kernels/plugin.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "empg-cuda.so"

static const char *const places[] = {"", "../lib/empg/"};

/* Behind the program's own folder; 0, or -1 where there is none. */
static int
beside(char *path, size_t size, const char *place)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *end;

	if (n < 0)
		return -1;
	self[n] = '\0';
	end = strrchr(self, '/');
	if (end == NULL)
		return -1;
	end[1] = '\0';
	n = snprintf(path, size, "%s%s" NAME, self, place);
	return n > 0 && (size_t)n < size && access(path, R_OK) == 0 ? 0 : -1;
}

static int
find(char *path, size_t size)
{
	const char *given = getenv("EMPG_CUDA");

	if (given != NULL) {
		int n = snprintf(path, size, "%s", given);

		return n > 0 && (size_t)n < size && access(path, R_OK) == 0 ?
		    0 : -1;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (beside(path, size, places[i]) == 0)
			return 0;
	return -1;
}

/* ISO C has no conversion from an object's address to a function's. */
static void
symbol(void *function, void *library, const char *name)
{
	void *p = dlsym(library, name);

	memcpy(function, &p, sizeof(p));
}

struct kernels *
kernels_cuda(int device, char *why, size_t size)
{
	const struct plugin_abi ours = PLUGIN_THIS_ABI;
	char path[PATH_MAX];
	plugin_abi_function *abi;
	plugin_open_function *open;
	void *library;

	if (find(path, sizeof(path)) != 0) {
		snprintf(why, size, "there is no CUDA backend here (" NAME
		    "): it is built where nvcc is found");
		return NULL;
	}
	/* It stays until the program ends, as what it registered does. */
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		snprintf(why, size, "%s", dlerror());
		return NULL;
	}
	symbol(&abi, library, PLUGIN_ABI);
	symbol(&open, library, PLUGIN_OPEN);
	if (abi == NULL || open == NULL ||
	    memcmp(abi(), &ours, sizeof(ours)) != 0) {
		snprintf(why, size, "%s is of another build than this program",
		    path);
		return NULL;
	}
	return open(device, why, size);
}
