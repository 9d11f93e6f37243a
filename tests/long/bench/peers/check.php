<?php
// The check in PHP with mysqli: one prepared statement.
declare(strict_types=1);

const IDLE = 1860;

function user(string $token): ?string
{
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    $server = new mysqli('localhost', 'bench', 'bench', 'site', null, getenv('BENCH_SOCKET'));
    $query = $server->prepare(
        'SELECT u.login_name FROM sessions AS s JOIN users AS u ON u.id = s.user_id
         WHERE s.session = ? AND u.disabled_at IS NULL AND s.expires_at > ? AND s.seen_at > ?'
    );
    $query->execute([hash('sha256', $token), time(), time() - IDLE]);
    return $query->get_result()->fetch_column() ?: null;
}

$token = $_COOKIE['session'] ?? '';
$user = is_string($token) && preg_match('/^[0-9a-f]{40}$/D', $token) ? user($token) : null;
header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: no-store');
if ($user === null) {
    http_response_code(401);
    echo '<!doctype html><title>Sign in</title><p>Not signed in.';
    exit;
}
echo '<!doctype html><title>Protected</title><p>Signed in as ', htmlspecialchars($user), '.';
