/* The floor with one MySQL connection: greeting, an account without a password, one query by key, quit, each one
 * packet written by hand. No program that asks a server on every request can be faster. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TOKEN_LEN 40

/* Protocol 4.1, a database, authentication by plugin; packets of 1 MiB, utf8mb4, 23 bytes of nothing; user, no
 * password, database, plugin. Its terminating zero is the plugin's. */
static const char sign_on[] =
    "\x08\x82\x08\x00" "\x00\x00\x10\x00" "\x2d"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "wire\0" "\0" "site\0" "mysql_native_password";

static const char answer[] = "Content-Type: text/plain\r\n\r\nSigned in as somebody.\n";

static char packet[1 << 16];

static int fail(const char *why)
{
    fprintf(stderr, "wire: %s\n", why);
    return 1;
}

static int put(int server, int number, const char *payload, size_t length)
{
    char out[1024] = {(char)length, (char)(length >> 8), 0, (char)number};
    memcpy(out + 4, payload, length);
    return write(server, out, length + 4) == (ssize_t)length + 4;
}

int main(void)
{
    const char *cookie = getenv("HTTP_COOKIE"), *path = getenv("BENCH_SOCKET");
    if (path == NULL || cookie == NULL || strlen(cookie) != sizeof "session=" - 1 + TOKEN_LEN) {
        puts("Status: 401 Unauthorized\r\nContent-Type: text/plain\r\n\r\nNot signed in.\r");
        return 0;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&address, sizeof address) != 0 || read(server, packet, sizeof packet) < 40)
        return fail("no server");
    if (!put(server, 1, sign_on, sizeof sign_on) || read(server, packet, sizeof packet) < 5 || packet[4] != 0)
        return fail("refused");
    char query[512];
    int length = snprintf(query, sizeof query,
        "\003SELECT u.login_name, s.created_at, s.seen_at, s.expires_at FROM sessions AS s JOIN users AS u "
        "ON u.id = s.user_id WHERE s.session = SHA2('%s', 256) AND u.disabled_at IS NULL", cookie + 8);
    if (!put(server, 0, query, (size_t)length) || read(server, packet, sizeof packet) < 200)
        return fail("no such session");
    put(server, 0, "\001", 1);
    return write(STDOUT_FILENO, answer, sizeof answer - 1) != sizeof answer - 1;
}
