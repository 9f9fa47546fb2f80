/* SHA-256 by libcrypto. */
#include "lib/base/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* Hash a file, or bytes where the file is NULL. */
static int
hash(char hex[DIGEST_HEX], FILE *f, const void *data, size_t length)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned char block[1 << 15];
	unsigned int size, i;
	size_t n;
	int result = -1;

	if (ctx == NULL || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
		goto out;
	if (f == NULL && !EVP_DigestUpdate(ctx, data, length))
		goto out;
	while (f != NULL && (n = fread(block, 1, sizeof(block), f)) > 0)
		if (!EVP_DigestUpdate(ctx, block, n))
			goto out;
	if (!EVP_DigestFinal_ex(ctx, md, &size))
		goto out;
	for (i = 0; i < size; i++)
		snprintf(hex + 2 * i, 3, "%02x", md[i]);
	result = 0;
out:
	EVP_MD_CTX_free(ctx);
	return result;
}

int
digest_file(char hex[DIGEST_HEX], const char *path, struct error *err)
{
	FILE *f = fopen(path, "rb");
	int result;

	if (f == NULL)
		return error_set(err, errno == ENOENT ? STATUS_NOINPUT :
		    STATUS_IO, "%s: %s", path, strerror(errno));
	errno = 0;
	result = hash(hex, f, NULL, 0);
	if (result != 0)
		error_set(err, STATUS_INTERNAL, "%s: SHA-256 failed", path);
	else if (ferror(f))
		result = error_set(err, STATUS_IO, "%s: %s", path,
		    strerror(errno));
	fclose(f);
	return result;
}

int
digest_bytes(char hex[DIGEST_HEX], const void *data, size_t length,
    struct error *err)
{
	if (hash(hex, NULL, data, length) != 0)
		return error_set(err, STATUS_INTERNAL, "SHA-256 failed");
	return 0;
}
