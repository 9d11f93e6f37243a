/* The check in C with libmariadb: one prepared statement, whose digest the server computes. */
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOKEN_LEN 40
#define NAME_MAX_LEN 255

static const char QUERY[] =
    "SELECT u.login_name FROM sessions AS s JOIN users AS u ON u.id = s.user_id "
    "WHERE s.session = SHA2(?, 256) AND u.disabled_at IS NULL AND s.expires_at > ? AND s.seen_at > ?";

/* The value of the cookie `session`, where it is exactly a token. */
static const char *token(void)
{
    const char *at = getenv("HTTP_COOKIE");
    while (at != NULL && strncmp(at, "session=", 8) != 0) {
        at = strstr(at, "; ");
        at = at == NULL ? NULL : at + 2;
    }
    if (at == NULL)
        return NULL;
    at += 8;
    size_t length = strspn(at, "0123456789abcdef");
    return length == TOKEN_LEN && (at[length] == '\0' || at[length] == ';') ? at : NULL;
}

static MYSQL *connected(void)
{
    MYSQL *server = mysql_init(NULL);
    if (server == NULL ||
        mysql_real_connect(server, "localhost", "bench", "bench", "site", 0, getenv("BENCH_SOCKET"), 0) == NULL)
        return NULL;
    return server;
}

/* Whether the token is of a session that lives; whose, in `name`. */
static int check(MYSQL *server, const char *token, char *name)
{
    long long now = (long long)time(NULL), oldest = now - 1860;
    unsigned long token_length = TOKEN_LEN;
    MYSQL_BIND in[3] = {{0}}, out[1] = {{0}};
    in[0].buffer_type = MYSQL_TYPE_STRING;
    in[0].buffer = (void *)token;
    in[0].buffer_length = TOKEN_LEN;
    in[0].length = &token_length;
    in[1].buffer_type = in[2].buffer_type = MYSQL_TYPE_LONGLONG;
    in[1].buffer = &now;
    in[2].buffer = &oldest;
    out[0].buffer_type = MYSQL_TYPE_STRING;
    out[0].buffer = name;
    out[0].buffer_length = NAME_MAX_LEN;
    MYSQL_STMT *statement = mysql_stmt_init(server);
    int found = statement != NULL && mysql_stmt_prepare(statement, QUERY, sizeof QUERY - 1) == 0 &&
                mysql_stmt_bind_param(statement, in) == 0 && mysql_stmt_execute(statement) == 0 &&
                mysql_stmt_bind_result(statement, out) == 0 && mysql_stmt_fetch(statement) == 0;
    if (statement != NULL)
        mysql_stmt_close(statement);
    return found;
}

static void escaped(const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("<>&\"'", *text) != NULL)
            printf("&#%d;", *text);
        else
            putchar(*text);
    }
}

int main(void)
{
    char name[NAME_MAX_LEN + 1] = "";
    const char *presented = token();
    MYSQL *server = presented == NULL ? NULL : connected();
    if (presented != NULL && server == NULL) {
        puts("Status: 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\nno database\r");
        return 1;
    }
    if (server == NULL || !check(server, presented, name)) {
        puts("Status: 401 Unauthorized\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Not signed in.\r");
    } else {
        printf("Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n"
               "<!doctype html><title>Protected</title><p>Signed in as ");
        escaped(name);
        puts(".");
    }
    if (server != NULL)
        mysql_close(server);
    return 0;
}
