//! Which test stands against which weakness. The other tests say how; this table says that nothing is
//! forgotten: an id without a test, or a test that is not there, fails here.

use std::fs;
use std::path::Path;

/// One thing that must hold.
struct Weakness {
    id: &'static str,
    holds: &'static str,
    /// Who else asks for it.
    reference: &'static str,
    /// As cargo names them, so that each can be run by its name.
    tests: &'static [&'static str],
    /// What is not there yet, so that it cannot hold whole; empty: it holds.
    later: &'static str,
}

const fn holds(
    id: &'static str,
    holds: &'static str,
    reference: &'static str,
    tests: &'static [&'static str],
) -> Weakness {
    Weakness {
        id,
        holds,
        reference,
        tests,
        later: "",
    }
}

/// `tests` cover what there is of it.
const fn later(
    id: &'static str,
    holds: &'static str,
    reference: &'static str,
    later: &'static str,
    tests: &'static [&'static str],
) -> Weakness {
    Weakness {
        id,
        holds,
        reference,
        tests,
        later,
    }
}

const WEAKNESSES: &[Weakness] = &[
    holds(
        "H01",
        "Whatever fails, the protected page stays shut.",
        "ASVS 5.0.0, 16.5.3",
        &[
            "program::pages::nothing_but_a_session_opens_the_protected_page",
            "program::pages::a_store_that_cannot_answer_is_503_the_cookie_stays_and_the_client_learns_nothing",
            "program::configuration::what_is_wrong_is_logged_with_file_line_key_and_cure_and_the_client_learns_nothing",
            "program::environment::short_of_memory_or_files_it_fails_closed",
            "system::faults::rows::sqlite_rows_that_make_no_sense_sign_nobody_in",
        ],
    ),
    holds(
        "H02",
        "A token is 32 bytes of the operating system's randomness, read at once; without them there is no sign-in.",
        "ASVS 5.0.0, 7.2.3 and 11.5.1",
        &[
            "library::token::a_token_is_the_sha_1_of_32_random_bytes_and_the_column_the_sha_256_of_it",
            "program::token::each_sign_in_has_another_token",
            "program::token::a_token_is_one_read_of_32_bytes_and_without_it_there_is_no_sign_in",
        ],
    ),
    holds(
        "H03",
        "A sign-in makes a new token, and the one it came with is dead.",
        "ASVS 5.0.0, 7.2.4",
        &["program::life::a_sign_in_makes_a_new_token_and_ends_the_session_it_came_with"],
    ),
    holds(
        "H04",
        "A session id that a client made up is never adopted, and asking for it makes no row.",
        "OWASP Session Management, strict mode",
        &[
            "program::life::an_id_from_the_client_is_never_adopted",
            "library::contract::sqlite",
        ],
    ),
    holds(
        "H05",
        "Signing out ends the session on the server; twice does no harm.",
        "ASVS 5.0.0, 7.4.1",
        &[
            "program::life::sign_out_ends_the_session_on_the_server_and_again_is_harmless",
            "program::life::sign_out_ends_every_token_that_was_sent_and_no_more_than_16",
        ],
    ),
    holds(
        "H06",
        "A visit at the same time does not bring a session back that was ended.",
        "Django, SessionTests.test_session_save_does_not_resurrect_session_logged_out_in_other_context",
        &[
            "library::contract::sqlite",
            "program::races::sign_out_wins_against_visits_at_the_same_time",
        ],
    ),
    holds(
        "H07",
        "A new password, disabling, deleting and revoking end every session, also one that is just being opened.",
        "ASVS 5.0.0, 7.4.2",
        &[
            "program::races::a_password_change_disabling_deleting_and_revoking_end_all_sessions",
            "library::contract::sqlite",
            "library::contract::mariadb_over_its_socket",
        ],
    ),
    holds(
        "H08",
        "Both time limits hold to the second, a visit moves only the idle one, and a row from the future is no session.",
        "ASVS 5.0.0, 7.3.1 and 7.3.2",
        &[
            "library::life::each_limit_holds_to_the_second",
            "library::life::the_lag_is_a_minute_or_a_tenth_of_a_short_idle_limit",
            "library::life::a_session_ends_so_long_after_the_sign_in_as_was_configured",
            "library::life::no_row_outlives_its_end",
            "program::life::the_protected_page_holds_the_limits",
            "program::life::activity_is_written_at_most_once_a_minute_and_moves_no_end",
        ],
    ),
    holds(
        "H09",
        "A session comes from the cookie and from nowhere else, and its token is shown nowhere else.",
        "OWASP Session Management, session id exchange",
        &[
            "program::cookies::the_session_comes_from_the_cookie_alone",
            "program::cookies::a_token_is_in_no_body_url_log_or_table",
        ],
    ),
    holds(
        "H10",
        "The cookie is `__Host-`, Secure, HttpOnly, SameSite=Lax, without a domain, and so is its removal.",
        "ASVS 5.0.0, 3.3.1 to 3.3.5",
        &[
            "program::cookies::the_cookie_and_its_removal_have_the_same_attributes",
            "program::cookies::only_one_cookie_of_the_exact_name_with_exactly_a_token_counts",
            "program::cookies::a_name_behind_a_foreign_blank_is_another_name",
            "program::cookies::only_the_name_of_the_requests_scheme_counts",
        ],
    ),
    holds(
        "H11",
        "Over plain HTTP there is an explanation instead of a form; only the server or a listed proxy says what is HTTPS.",
        "ASVS 5.0.0, 12.2.1",
        &[
            "program::pages::plain_http_is_refused_with_an_explanation_and_no_password_field",
            "program::request::only_the_server_or_a_listed_proxy_says_that_it_was_https",
        ],
    ),
    holds(
        "H12",
        "GET and HEAD change nothing but the time when a session was last seen.",
        "RFC 9110, 9.2.1",
        &["program::life::asking_changes_nothing_but_seen_at"],
    ),
    holds(
        "H13",
        "Another site's form is refused before anything is read or hashed.",
        "Go 1.25, net/http.CrossOriginProtection",
        &[
            "library::origin::another_sites_post_is_told_from_ours_and_from_a_scripts",
            "program::origin::a_cross_origin_post_is_403_before_any_query_or_hashing",
            "program::origin::our_own_form_and_a_script_pass",
            "program::own_pages::another_sites_form_reaches_no_page_of_ones_own",
            "program::guard::a_request_that_changes_something_must_come_from_the_sites_own_pages",
            "system::guard::refusals::any_method_reaches_a_script_unless_another_site_sends_it",
            "system::browser::guard::a_person_reaches_an_old_script_and_no_other_site_starts_one",
        ],
    ),
    holds(
        "H14",
        "A form carries a token of its session, unless it signs in or out.",
        "NIST SP 800-63B-4, 5.1",
        &[
            "library::form_token::it_is_the_hmac_of_its_session_and_of_no_other",
            "library::form_token::what_is_not_exactly_it_is_refused",
            "library::form_token::a_browser_needs_it_and_a_script_none",
            "program::own_pages::a_browsers_form_needs_the_form_token_of_its_session_before_and_after_sign_in",
            "program::own_pages::a_form_token_that_comes_twice_is_400",
            "system::browser::chromium::a_person_fills_a_cart",
            "system::own_pages::a_cart_is_kept_before_and_after_sign_in_on_every_server",
        ],
    ),
    holds(
        "H15",
        "A sign-in leads to a path of this site.",
        "ASVS 5.0.0, 1.2.2 and 3.7.2",
        &[
            "library::next::what_leaves_this_site_means_the_default",
            "program::next::a_sign_in_leads_there_and_nowhere_else",
            "library::next::an_accepted_next_stays_on_this_origin",
        ],
    ),
    holds(
        "H16",
        "Nothing that came in can end a header's line.",
        "RFC 9110, 5.5",
        &[
            "library::response::a_header_that_could_end_its_line_cannot_be_made",
            "library::response::every_page_fits_whatever_it_is_told",
            "program::request::whatever_bytes_a_header_holds_the_answer_is_the_same",
        ],
    ),
    holds(
        "H17",
        "An unknown name, a wrong password and a disabled user get one answer, at one cost; so do too many attempts.",
        "ASVS 5.0.0, 6.3.8",
        &[
            "program::throttle::after_thirty_sign_ins_a_wrong_password_is_401_and_the_right_one_is_429",
            "program::passwords::a_failed_sign_in_does_not_say_why",
            "library::passwords::an_unknown_user_costs_what_a_wrong_password_costs",
            "program::cost::unknown_wrong_and_disabled_make_the_same_system_calls",
            "program::throttle::the_answer_is_429_whether_or_not_there_is_such_an_account",
        ],
    ),
    holds(
        "H18",
        "An attempt is counted before it is hashed; a right one clears its account's count, and of its client's only itself.",
        "ASVS 5.0.0, 6.3.1",
        &[
            "program::throttle::of_many_wrong_tries_at_once_exactly_the_free_ones_are_verified",
            "library::throttle::after_the_free_tries_each_failure_doubles_the_wait_to_an_hour",
            "library::throttle::a_success_clears_its_account_and_gives_back_its_own_try_of_the_client",
            "library::throttle::a_client_with_a_good_account_is_stopped_all_the_same",
            "library::contract::sqlite",
            "library::contract::mariadb_over_its_socket",
            "library::contract::mysql9_over_its_socket",
        ],
    ),
    holds(
        "H19",
        "The table of attempts is bounded, holds no names, and forgets nobody who is blocked.",
        "ASVS 5.0.0, 2.4.1",
        &[
            "library::contract::sqlite",
            "library::contract::mariadb_over_its_socket",
            "library::throttle::the_devices_of_one_account_fill_no_more_than_256_rows",
            "program::throttle::the_answer_is_429_whether_or_not_there_is_such_an_account",
        ],
    ),
    holds(
        "H20",
        "Nobody can lock an owner out.",
        "ASVS 5.0.0, 6.1.1",
        &[
            "library::throttle::a_known_device_keeps_its_own_count",
            "program::throttle::a_sign_in_makes_its_device_known_and_its_owner_gets_in_while_others_guess",
            "library::throttle::one_failure_is_forgotten_every_three_hours",
            "library::throttle::after_a_hundred_failures_in_a_row_one_try_an_hour_is_left_and_a_success_ends_it",
            "library::throttle::a_row_from_far_away_blocks_nobody",
            "program::throttle::the_administrator_unlocks_an_account_and_a_new_password_does",
            "program::throttle::the_administrator_unlocks_an_account_that_shares_its_row",
        ],
    ),
    holds(
        "H21",
        "A client's address has one spelling, IPv6 counts by /64, and only a listed proxy may name another address.",
        "ASVS 5.0.0, 15.3.4",
        &[
            "library::request::the_clients_address_is_canonical_and_a_listed_proxys_word",
            "library::request::no_client_passes_for_the_proxy",
            "library::throttle::addresses_of_one_network_are_one_client",
        ],
    ),
    holds(
        "H22",
        "Every character of a password counts, and a very long one is refused without hashing.",
        "ASVS 5.0.0, 6.2.8",
        &[
            "library::passwords::a_password_counts_whole",
            "program::passwords::a_password_over_1024_bytes_is_refused_before_hashing",
        ],
    ),
    holds(
        "H23",
        "A login name has one spelling, which it gets before the database sees it.",
        "RFC 8265, 3.3",
        &[
            "library::login_name::spellings_of_one_name_are_one_name",
            "library::login_name::what_is_no_name_is_refused",
            "library::login_name::what_is_stored_is_found_again",
            "library::contract::mariadb_over_its_socket",
            "library::contract::mysql9_over_its_socket",
        ],
    ),
    holds(
        "H24",
        "Hashes are Argon2id of 19 MiB or more; a weaker one is replaced at a right sign-in, and a monstrous one refused.",
        "ASVS 5.0.0, 11.4.2",
        &[
            "library::passwords::ours_is_argon2id_of_19_mib_2_passes_and_a_salt_of_16_bytes",
            "library::passwords::the_reference_implementations_hashes_verify",
            "program::passwords::a_hostile_or_senseless_hash_is_a_wrong_password_at_the_usual_price",
            "program::passwords::a_weak_hash_is_replaced_after_success_only",
            "library::contract::sqlite",
        ],
    ),
    holds(
        "H25",
        "Only so many passwords are hashed at once; other sign-ins wait a moment, and all other requests are served.",
        "ASVS 5.0.0, 15.2.2",
        &[
            "program::queue::past_a_short_wait_it_is_503_unhashed_and_everybody_else_is_served",
            "program::queue::who_waits_is_let_in_when_another_is_done",
            "program::queue::a_slot_is_free_again_when_its_process_is_killed",
            "program::queue::a_folder_that_is_missing_or_open_to_others_stops_sign_ins_alone",
            "program::queue::a_crowd_takes_no_more_memory_than_its_slots_and_checks_go_on",
        ],
    ),
    holds(
        "H26",
        "Every answer, errors too, forbids scripts, frames, sniffing and caching.",
        "ASVS 5.0.0, 3.4",
        &["program::pages::every_answer_errors_too_has_every_header"],
    ),
    holds(
        "H28",
        "Any other method is 405, `post` in lower case too, and no header turns one method into another.",
        "RFC 9110, 9.1 and 15.5.6",
        &["program::request::other_methods_are_405_with_allow_and_nothing_overrides_a_method"],
    ),
    holds(
        "H29",
        "A body is read to its stated length, never beyond the limit, and not for ever.",
        "RFC 3875, 4.2",
        &[
            "program::request::content_length_that_is_no_number_is_400_and_tells_the_client_nothing",
            "program::request::a_body_is_read_exactly_and_never_over_its_cap",
            "program::request::a_body_of_a_megabyte_is_refused_unread_and_one_that_may_be_is_read",
            "program::request::a_body_that_stalls_is_408_within_its_deadline",
        ],
    ),
    holds(
        "H30",
        "Only a body of a form's type is a form, a field counts once, and the query is no part of it.",
        "ASVS 5.0.0, 15.3.7",
        &[
            "program::form::only_a_form_is_read_as_one",
            "program::form::a_field_twice_is_400_and_other_spellings_are_other_fields",
            "program::form::query_and_body_are_never_merged",
            "program::form::what_is_not_whole_is_400",
        ],
    ),
    holds(
        "H31",
        "A path behind a program's name is 404, and is not shown.",
        "RFC 3875, 8.2",
        &["program::request::path_info_is_404_and_never_echoed"],
    ),
    holds(
        "H32",
        "SQL is constant, and values are bound; the one literal is a digest, which its type guarantees.",
        "ASVS 5.0.0, 1.2.4",
        &[
            "program::pages::a_name_is_a_value_and_never_sql",
            "library::token::only_lower_case_hex_of_the_right_length_is_parsed",
        ],
    ),
    holds(
        "H33",
        "A MySQL server gets neither files nor a readable password; over a network it proves its name first.",
        "ASVS 5.0.0, 12.3",
        &[
            "system::faults::rogue::a_server_that_asks_for_a_file_gets_none",
            "system::faults::rogue::a_server_that_asks_for_the_password_gets_none",
            "system::faults::tls::only_a_server_that_proves_its_name_hears_who_we_are",
            "system::faults::tls::in_tls_too_a_server_gets_neither_a_readable_password_nor_a_file",
            "system::faults::tls::without_tls_a_server_hears_nothing_at_all",
            "system::faults::tls::what_is_said_before_tls_is_not_believed",
            "system::faults::tls::no_authority_is_trusted_that_nobody_configured",
            "program::hardening::a_socket_where_others_may_put_another_is_refused",
            "system::faults::tls::without_tls_no_key_is_asked_for_to_send_the_password_with",
            "library::configuration::a_password_crosses_a_network_only_through_tls_or_where_the_url_says_so",
        ],
    ),
    holds(
        "H34",
        "A database that is away is 503, and the cookie stays as it is.",
        "ASVS 5.0.0, 16.5.2",
        &[
            "program::pages::a_store_that_cannot_answer_is_503_the_cookie_stays_and_the_client_learns_nothing",
            "program::pages::a_store_that_is_busy_is_waited_for_and_then_503",
            "system::faults::server::a_server_that_is_down_signs_nobody_out",
        ],
    ),
    holds(
        "H35",
        "A commit whose outcome is unknown is not called a success.",
        "ASVS 5.0.0, 2.3.3",
        &[
            "system::faults::link::a_link_lost_before_commit_is_made_once_more",
            "system::faults::link::a_link_lost_after_commit_claims_nothing",
            "system::faults::link::a_server_that_ends_the_link_is_asked_once_more_and_never_about_a_commit",
            "system::faults::hosts::where_a_link_is_lost_the_next_host_is_asked",
            "long::cluster::a_cluster_of_three_is_one_store",
        ],
    ),
    holds(
        "H36",
        "An error tells the client an id, and the log the rest.",
        "ASVS 5.0.0, 16.5.1",
        &[
            "program::pages::a_store_that_cannot_answer_is_503_the_cookie_stays_and_the_client_learns_nothing",
            "program::configuration::what_is_wrong_is_logged_with_file_line_key_and_cure_and_the_client_learns_nothing",
            "program::configuration::a_store_that_is_none_is_an_error_and_its_password_is_never_said",
            "system::faults::server::a_refused_account_is_tried_twice_and_not_told",
        ],
    ),
    holds(
        "H37",
        "An event is one line that cannot be forged, and holds no secret.",
        "ASVS 5.0.0, 16.2 to 16.4",
        &[
            "library::log::a_value_is_bare_where_that_is_unambiguous_and_else_quoted",
            "library::log::no_value_ends_its_line_or_its_quotes",
            "library::log::no_value_ends_its_json",
            "program::log::a_line_cannot_be_forged",
            "library::log::a_line_has_at_most_4096_bytes_whatever_it_is_told",
            "program::log::json_is_one_object_a_line_in_every_sink",
            "program::log::help_events_lists_every_event_with_its_fields",
            "program::log::no_password_and_of_a_token_only_8_digits_of_its_digest_are_logged",
            "system::fail2ban::the_filter_and_its_jail_are_installed_as_its_comment_says",
            "system::fail2ban::apaches_error_log_accuses_who_failed_and_nobody_else",
            "system::fail2ban::lighttpds_breakage_log_accuses_who_failed_and_nobody_else",
            "system::fail2ban::a_log_of_our_own_accuses_who_failed_and_nobody_else",
            "system::fail2ban::whoever_waits_for_others_or_signs_in_often_is_not_accused",
            "system::fail2ban::syslogs_lines_accuse_who_failed_and_nobody_else",
        ],
    ),
    holds(
        "H38",
        "A log that cannot be written changes nothing else.",
        "OWASP Logging",
        &["program::log::a_log_that_cannot_be_written_changes_no_verdict_and_no_answer"],
    ),
    holds(
        "H39",
        "A file with secrets that others may read, or may write, is refused.",
        "ASVS 5.0.0, 13.3.2",
        &[
            "program::configuration::a_file_that_others_may_read_or_a_group_may_write_is_refused",
            "program::configuration::the_file_is_looked_for_in_one_order_and_never_where_a_neighbour_put_it",
            "program::hardening::a_store_where_others_may_write_beside_it_is_refused",
            "program::hardening::a_store_that_is_a_neighbours_is_refused",
        ],
    ),
    holds(
        "H40",
        "Nothing that a client sends, and no other program's variable, configures these programs.",
        "CVE-2016-5385 (httpoxy)",
        &[
            "program::request::nothing_steers_us_but_the_configuration",
            "program::request::whatever_bytes_a_header_holds_the_answer_is_the_same",
            "program::request::arguments_are_ignored",
            "program::variables::sqlite_no_variable_but_cgis_and_ours_is_read",
            "program::variables::mariadb_no_variable_but_cgis_and_ours_is_read",
            "program::guard::our_secrets_and_forged_names_never_reach_a_script",
            "system::guard::process::a_script_finds_what_the_server_gives_and_who_the_visitor_is",
            "system::guard::languages::php_runs_the_script_and_no_file_that_the_path_leads_to",
        ],
    ),
    holds(
        "H41",
        "No program that a web server runs starts another; the guard becomes the script that it guards.",
        "CVE-2014-6271 (Shellshock)",
        &[
            "program::guard::the_script_takes_the_guards_place",
            "program::environment::no_program_starts_another",
            "program::hardening::whoever_is_confined_reaches_what_it_needs_and_nothing_else",
        ],
    ),
    holds(
        "H42",
        "A program keeps nothing that it does not need: no core dump, no other files. A script is not held by that.",
        "ASVS 5.0.0, 15.2.5",
        &[
            "system::guard::process::a_script_finds_what_the_server_gives_and_who_the_visitor_is",
            "program::hardening::a_program_limits_itself_before_it_reads_anything",
            "program::hardening::a_program_takes_no_more_than_it_was_given",
            "program::hardening::a_program_that_crashes_leaves_no_core",
            "program::hardening::what_a_program_may_be_asked_for_fits_into_its_limits",
            "program::hardening::a_program_is_confined_once_its_store_is_open",
            "program::hardening::a_program_is_confined_once_its_server_answers",
            "system::faults::link::a_lost_host_is_found_again_by_its_name",
            "program::hardening::whoever_is_confined_reaches_what_it_needs_and_nothing_else",
            "program::hardening::a_confined_program_still_writes_its_log_and_its_store",
            "program::hardening::without_landlock_it_serves_and_a_form_says_so_in_the_log",
            "program::hardening::config_check_says_whether_the_kernel_holds_the_programs",
        ],
    ),
    holds(
        "H43",
        "The guard runs only scripts that name it, with the interpreter that they name.",
        "CVE-2012-1823",
        &[
            "program::guard::the_guard_starts_nothing_but_the_script_that_the_server_names",
            "program::guard::a_first_line_that_cannot_be_used_is_500_and_the_log_says_what_it_must_be",
            "system::guard::refusals::a_guard_in_cgi_bin_runs_nothing_that_a_client_names",
            "system::guard::languages::a_script_of_each_language_gets_its_request_and_its_body",
        ],
    ),
    holds(
        "H44",
        "What is echoed is escaped; the form needs no script and is made for password managers.",
        "ASVS 5.0.0, 6.2.6 and 6.2.7",
        &[
            "program::pages::whatever_is_echoed_is_escaped",
            "program::pages::the_login_page_is_a_form_for_people_password_managers_and_scripts",
        ],
    ),
    holds(
        "H45",
        "Tables that these programs may not use give 503 and a log line with the cure, and no page makes or changes one.",
        "ASVS 5.0.0, 2.3.3",
        &[
            "program::pages::a_store_that_cannot_answer_is_503_the_cookie_stays_and_the_client_learns_nothing",
            "system::faults::rows::sqlite_tables_of_another_version_are_a_fault",
            "system::faults::rows::mariadb_tables_of_another_version_are_a_fault",
            "program::upgrade::beside_old_tables_it_is_503_until_init_is_run_and_then_everybody_is_still_signed_in",
            "program::upgrade::tables_of_a_third_version_are_served_if_they_say_so_and_503_if_not",
        ],
    ),
    holds(
        "H46",
        "Killed at any moment, a program leaves whole rows behind.",
        "RFC 3875, 3.4",
        &[
            "program::races::a_program_killed_at_any_moment_leaves_the_store_consistent",
            "program::races::a_program_killed_in_any_write_leaves_the_store_consistent",
            "long::torture::kill::requests_killed_at_random_moments_leave_sqlite_whole",
            "long::torture::kill::requests_killed_at_random_moments_leave_mariadb_whole",
            "long::torture::calls::on_sqlite_every_call_may_fail",
            "long::torture::calls::on_mariadb_every_call_may_fail",
            "program::environment::with_stdout_closed_or_full_the_exit_status_is_not_0_and_the_store_is_consistent",
        ],
    ),
    later(
        "H47",
        "Users see and end their own sessions, administrators all.",
        "ASVS 5.0.0, 7.5.2",
        "there is no account page yet",
        &[
            "program::cli::sessions_are_listed_by_eight_digits_and_safely",
            "program::cli::sessions_end_by_digits_by_user_and_all_together",
        ],
    ),
    later(
        "H48",
        "A new password is long, and not one that everybody has.",
        "NIST SP 800-63B-4, 3.1.1",
        "there is no account page yet, where users will change theirs and give the old one",
        &[
            "program::cli::a_password_is_read_whole_and_checked",
            "library::new_passwords::long_and_unlike_what_everybody_takes_is_all_that_is_asked",
            "library::new_passwords::length_counts_in_characters",
            "library::new_passwords::what_everybody_takes_is_refused_whatever_stands_around_it",
            "library::new_passwords::what_repeats_itself_is_refused",
            "library::new_passwords::what_names_its_user_or_the_site_needs_more_than_that",
            "library::new_passwords::the_administration_holds_to_it_and_says_what_to_do",
            "library::new_passwords::no_program_that_a_server_runs_holds_the_list",
        ],
    ),
    holds(
        "H49",
        "Nobody can sign in before a user is added, and the programs come with no secret.",
        "ASVS 5.0.0, 6.3.2",
        &[
            "program::configuration::nobody_can_sign_in_until_a_user_is_added",
            "program::cli::init_makes_a_configuration_and_a_store_that_only_their_owner_can_open",
        ],
    ),
    later(
        "H50",
        "What is built in is pinned, licensed, and without known holes.",
        "ASVS 5.0.0, 15.2.1",
        "licences are checked, advisories are not: the tests do not ask their database",
        &["project::licences::what_is_built_in_may_be_and_is_pinned"],
    ),
    holds(
        "H51",
        "Sign-ins hash in turn, one of a client at a time; known devices have a queue of their own; right ones count, too.",
        "ASVS 5.0.0, 15.2.2",
        &[
            "program::queue::a_folder_where_no_file_can_be_locked_is_the_folders_failure",
            "program::throttle::after_thirty_sign_ins_a_wrong_password_is_401_and_the_right_one_is_429",
            "program::queue::clients_come_in_turn_and_each_has_one_place_at_a_time",
            "program::queue::networks_take_turns_and_in_each_the_clients",
            "program::queue::past_a_bounded_queue_it_is_503_after_a_second",
            "program::queue::a_known_device_has_a_queue_apart_and_its_account_one_place",
            "program::queue::who_is_stopped_at_the_front_keeps_nobody_waiting_past_the_deadline",
            "program::queue::of_200_right_sign_ins_of_one_account_thirty_are_let_in",
            "library::throttle::an_account_signs_in_thirty_times_in_ten_minutes_and_a_client_three_hundred_times",
            "library::contract::sqlite",
            "library::contract::mariadb_over_its_socket",
            "library::contract::mysql9_over_its_socket",
            "long::load::crowd::everybody_gets_in_at_once_on_lighttpd",
            "long::load::crowd::everybody_gets_in_at_once_on_apache",
            "long::load::crowd::one_client_keeps_nobody_out_on_lighttpd",
            "long::load::crowd::one_client_keeps_nobody_out_on_apache",
        ],
    ),
    holds(
        "H52",
        "Attempts are counted for each network that an address lies in, so that none can fill the table or keep others out.",
        "ASVS 5.0.0, 6.3.1",
        &[
            "library::throttle::a_network_that_tries_on_and_on_does_not_fill_the_table_nor_keep_an_owner_out",
            "library::throttle::each_wider_network_has_a_budget",
            "library::throttle::the_devices_of_one_account_fill_no_more_than_256_rows",
            "library::contract::sqlite",
            "library::contract::mariadb_over_its_socket",
        ],
    ),
    holds(
        "H53",
        "One browser keeps the device proofs of several users.",
        "ASVS 5.0.0, 6.1.1",
        &[
            "program::throttle::a_browser_keeps_the_device_proofs_of_the_last_four_who_signed_in",
            "library::throttle::a_device_is_its_owners_until_the_password_changes_and_nobody_elses",
        ],
    ),
    holds(
        "H54",
        "A user's id is never given twice, and whatever ends all sessions of a user leaves no row that signs anybody in.",
        "ASVS 5.0.0, 7.4.2",
        &[
            "program::upgrade::a_deleted_users_cookie_is_nobody_elses",
            "library::contract::sqlite",
            "library::contract::mariadb_over_its_socket",
        ],
    ),
    holds(
        "H55",
        "Today's limits hold for sessions that were opened under yesterday's.",
        "ASVS 5.0.0, 7.3.1 and 7.3.2",
        &[
            "library::life::todays_limits_hold_for_yesterdays_sessions",
            "program::life::the_protected_page_holds_todays_limits_and_shows_todays_end",
        ],
    ),
    holds(
        "H56",
        "The authorities of `tls_ca` are trusted and no others; programs that hold public ones refuse it.",
        "ASVS 5.0.0, 12.3",
        &[
            "project::dependent::a_build_that_trusts_public_authorities_refuses_tls_ca",
            "project::dependent::there_is_one_webpki_roots",
            "system::faults::tls::no_authority_is_trusted_that_nobody_configured",
        ],
    ),
    holds(
        "H57",
        "`init` and `config check` refuse a database that the SQL cannot rely on, and none garbles or hides a row.",
        "ASVS 5.0.0, 15.3",
        &[
            "system::check::tables_that_do_not_suit_are_refused_with_what_to_type",
            "system::check::a_server_that_makes_other_tables_than_it_is_asked_for_gets_none",
            "system::check::a_character_set_that_garbles_names_is_refused_and_garbles_none",
            "system::check::a_lax_server_cuts_nothing_and_lets_sessions_end",
            "system::check::a_torn_copy_is_found_out",
            "library::contract::sqlite",
            "library::contract::mariadb_over_its_socket",
        ],
    ),
    holds(
        "H58",
        "Rules see one spelling of a path, as asked for and as resolved; a path that has none is refused.",
        "CWE-22, CWE-41",
        &[
            "library::url_path::every_spelling_has_one_normal_form",
            "library::url_path::what_servers_do_not_agree_on_has_none",
            "library::url_path::a_longer_spelling_is_the_same_path",
            "library::url_path::a_path_that_is_missing_is_refused",
            "library::rules::the_longest_path_that_fits_counts_and_no_other",
            "program::guarded::both_paths_must_be_allowed",
            "program::files::places::the_rule_for_the_path_of_the_file_itself_counts_too",
            "system::guarded_paths::no_spelling_gets_more_than_the_rule_allows_on_lighttpd",
            "system::guarded_paths::no_spelling_gets_more_than_the_rule_allows_on_apache",
            "system::guarded_paths::a_longer_spelling_gets_what_the_plain_one_gets",
        ],
    ),
    holds(
        "H59",
        "A guarded file lies in its folder: no link, device, hidden file or program's source comes out.",
        "CWE-59",
        &[
            "program::files::refused::no_link_device_fifo_socket_or_hidden_file_comes_out",
            "program::files::refused::no_spelling_of_a_path_leads_out",
            "program::files::refused::what_a_server_would_have_run_is_never_sent",
            "program::files::refused::x_sendfile_is_only_for_a_folder_that_nobody_untrusted_may_write",
            "program::files::places::a_file_outside_of_both_folders_is_not_sent_whatever_the_server_says",
            "program::files::places::who_only_pretends_to_be_apaches_action_is_refused",
            "program::files::places::the_folder_of_the_programs_own_url_has_no_other_url",
            "program::files::places::folders_that_cannot_be_are_refused_with_line_and_key",
            "system::files::handlers::lighttpd_asks_no_backend_lists_no_folder_and_runs_no_ssi",
            "system::files::handlers::apache_does_not_tell_strangers_which_folders_there_are",
            "program::files::copying::a_file_that_vanishes_or_becomes_a_link_is_sent_as_it_was",
            "system::files::changes::no_link_is_followed_while_somebody_swaps_it_in_and_out",
            "system::files::spellings::lists_of_path_traversal_get_nothing_and_break_nothing",
            "system::files::x_sendfile::lighttpd_sends_the_file_as_help_says",
        ],
    ),
    holds(
        "H60",
        "Session data is bounded in a row, for a client and in all, and a visitor's row signs nobody in, whatever it holds.",
        "OWASP Session Management Cheat Sheet",
        &[
            "program::session_data::a_visitors_token_signs_nobody_in",
            "program::session_data::visitors_rows_are_capped_for_a_client_and_in_all",
            "program::session_data::visitors_rows_are_capped_for_the_networks_around_a_client",
            "program::session_data::reading_makes_no_row_and_no_token_is_adopted",
            "program::session_data::what_several_cookies_or_a_malformed_one_lead_to_is_nobodys",
            "library::session_data_of_a_page::data_over_64_kib_is_refused_and_stays_as_it_was",
            "program::guard::a_script_knows_who_the_visitor_is_until_when_and_its_key",
            "system::guard::carts::each_visitor_has_a_cart_and_a_new_sign_in_has_a_new_one",
            "library::contract::sqlite",
            "library::contract::mariadb_over_its_socket",
        ],
    ),
];

/// The text of a module of the tests; empty where there is none.
fn source(module: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let path = folder.join(module.replace("::", "/"));
    let files = [path.with_extension("rs"), path.join("mod.rs")];
    let mut texts = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok());
    texts.next().unwrap_or_default()
}

/// Whether `path` is a function with `#[test]` before it.
fn is_a_test(path: &str) -> bool {
    let (module, function) = path.rsplit_once("::").expect("module::function");
    let text = source(module);
    let Some((before, _)) = text.split_once(&format!("fn {function}(")) else {
        return false;
    };
    let mut above = before.trim_end().lines().rev();
    above
        .by_ref()
        .take_while(|line| !matches!(line.trim(), "" | "}"))
        .any(|line| line.trim() == "#[test]")
}

#[test]
fn every_weakness_has_its_tests() {
    let ids: Vec<_> = WEAKNESSES.iter().map(|weakness| weakness.id).collect();
    // 27 was withdrawn; a number is not used again.
    let expected: Vec<_> = (1..=60)
        .filter(|id| *id != 27)
        .map(|id| format!("H{id:02}"))
        .collect();
    assert_eq!(ids, expected);
    let mut wrong = Vec::new();
    for weakness in WEAKNESSES {
        let Weakness {
            id,
            holds,
            reference,
            tests,
            later,
        } = weakness;
        if tests.is_empty() && later.is_empty() {
            wrong.push(format!("{id}: no test, and no reason"));
        }
        if !holds.ends_with('.') || reference.is_empty() {
            wrong.push(format!("{id}: says not what must hold, or who asks for it"));
        }
        for test in tests.iter().filter(|test| !is_a_test(test)) {
            wrong.push(format!("{id}: there is no test {test}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const THREATS: &str = include_str!("../../src/bin/cgi-session/help/threats.txt");

/// The promises of a part of the threats, and what stands below each.
fn promises(part: &'static str) -> Vec<(&'static str, &'static str)> {
    let below = part.lines().skip(1).chain([""]);
    let pairs = part.lines().zip(below);
    let promise = |(line, below): (&'static str, &'static str)| {
        let below = below.strip_prefix("    ").unwrap_or_default();
        Some((line.strip_prefix("  - ")?, below))
    };
    pairs.filter_map(promise).collect()
}

/// `cgi-session help threats` and this table are one: each promise is a line of it, word for word, and what is
/// not there yet is said to whoever reads the promise.
#[test]
fn help_threats_promises_what_this_table_holds() {
    let (promised, missing) = THREATS
        .split_once("\nOf these, what is not there yet")
        .expect("two parts");
    let mut told: Vec<_> = promises(promised);
    let mut held: Vec<_> = WEAKNESSES
        .iter()
        .map(|weakness| (weakness.holds, ""))
        .collect();
    told.sort_unstable();
    held.sort_unstable();
    assert_eq!(told, held, "help/threats.txt and this table");
    let later = WEAKNESSES
        .iter()
        .filter(|weakness| !weakness.later.is_empty());
    let later: Vec<_> = later
        .map(|weakness| (weakness.holds, weakness.later))
        .collect();
    assert_eq!(
        promises(missing),
        later,
        "the part of what is not there yet"
    );
    for line in THREATS.lines() {
        assert!(line.chars().count() <= 120, "{line}");
    }
}

#[test]
fn a_name_that_is_no_test_is_noticed() {
    assert!(is_a_test(
        "project::weaknesses::every_weakness_has_its_tests"
    ));
    assert!(!is_a_test("project::weaknesses::is_a_test"));
    assert!(!is_a_test("project::weaknesses::nothing"));
    assert!(!is_a_test("project::nothing::every_weakness_has_its_tests"));
}
