/* The floor with one SQLite query: the file opened to be read, one session and its user, and the end. SQLite is the
 * one that is in ours, with its flags. The row is taken as it comes, not even searched for by its key: no program
 * that asks SQLite on every request can be faster. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOKEN_LEN 40

/* What is used of sqlite3.h, which no package has in this version. */
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
enum { SQLITE_OK = 0, SQLITE_ROW = 100, SQLITE_OPEN_READONLY = 1, SQLITE_OPEN_NOMUTEX = 0x8000 };
int sqlite3_open_v2(const char *, sqlite3 **, int, const char *);
int sqlite3_prepare_v2(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
int sqlite3_step(sqlite3_stmt *);
const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);

static int fail(const char *why)
{
    fprintf(stderr, "file: %s\n", why);
    return 1;
}

int main(void)
{
    const char *cookie = getenv("HTTP_COOKIE"), *path = getenv("BENCH_FILE");
    if (path == NULL || cookie == NULL || strlen(cookie) != sizeof "session=" - 1 + TOKEN_LEN) {
        puts("Status: 401 Unauthorized\r\nContent-Type: text/plain\r\n\r\nNot signed in.\r");
        return 0;
    }
    sqlite3 *store;
    sqlite3_stmt *session;
    if (sqlite3_open_v2(path, &store, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return fail("no file");
    if (sqlite3_prepare_v2(store,
            "SELECT u.login_name, s.created_at, s.seen_at, s.expires_at FROM sessions AS s JOIN users AS u "
            "ON u.id = s.user_id WHERE u.disabled_at IS NULL LIMIT 1", -1, &session, NULL) != SQLITE_OK)
        return fail("no such table");
    if (sqlite3_step(session) != SQLITE_ROW)
        return fail("no session");
    char answer[256];
    int length = snprintf(answer, sizeof answer, "Content-Type: text/plain\r\n\r\nSigned in as %s.\n",
                          (const char *)sqlite3_column_text(session, 0));
    return write(STDOUT_FILENO, answer, (size_t)length) != length;
}
