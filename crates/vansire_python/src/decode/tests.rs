use super::*;

fn decoded(bytes: &[u8]) -> (String, Vec<(Option<u32>, String)>) {
    let mut problems = Vec::new();
    let text = decode(bytes, &mut problems);
    (text, problems.into_iter().map(|problem| (problem.line, problem.message)).collect())
}

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    assert_eq!(decoded(bytes), (expected.to_owned(), Vec::new()));
}

#[track_caller]
fn check_problem(bytes: &[u8], expected: &str, line: Option<u32>, message: &str) {
    let (text, problems) = decoded(bytes);
    assert_eq!(text, expected);
    let [(found_line, found)] = problems.as_slice() else { panic!("one problem, not {problems:?}") };
    assert_eq!(*found_line, line);
    assert!(found.contains(message), "{found}");
}

#[test]
fn utf_8() {
    check("x = 'é'".as_bytes(), "x = 'é'");
    check(b"", "");
    check(b"\xEF\xBB\xBFx = 1", "x = 1");
    check("# coding: utf-8\n'é'".as_bytes(), "# coding: utf-8\n'é'");
    check("# coding: UTF_8-unix\n'é'".as_bytes(), "# coding: UTF_8-unix\n'é'");
    check_problem(b"a\r\nb\n'\xE9'", "a\r\nb\n'é'", Some(3), "not valid UTF-8");
    check_problem(b"\xEF\xBB\xBF# coding: latin-1\n\xE9", "# coding: latin-1\né", Some(2), "not valid UTF-8");
}

#[test]
fn declared_encodings() {
    check(b"# -*- coding: latin-1 -*-\n'\xE9\x80'", "# -*- coding: latin-1 -*-\n'é\u{80}'");
    check(
        b"#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\n'\xA4'",
        "#!/usr/bin/python\n# vim: set fileencoding=iso-8859-15 :\n'€'",
    );
    check(b"# coding: cp1252\n'\x80'", "# coding: cp1252\n'€'");
    check(b"# coding: koi8-r\n'\xC1'", "# coding: koi8-r\n'а'");
    check(b"# coding: euc_jp\n'\xA4\xA2'", "# coding: euc_jp\n'あ'");
    check(b"# coding: cp932\n'\x82\xA0'", "# coding: cp932\n'あ'");
    check(b"# coding: gbk\n'\xC4\xE3'", "# coding: gbk\n'你'");
    check(b"# coding: big5\n'\xA7\x41'", "# coding: big5\n'你'");
    check(b"\r\n# coding: latin-1\r\n\xE9", "\r\n# coding: latin-1\r\né");
    check(b"# coding: ascii\nx", "# coding: ascii\nx");
}

#[test]
fn a_declaration_counts_in_the_first_two_lines_only() {
    check_problem(
        b"# a\n# b\n# coding: latin-1\n\xE9",
        "# a\n# b\n# coding: latin-1\né",
        Some(4),
        "not valid UTF-8",
    );
    // Not below code, and not in code.
    check_problem(
        b"x = 1\n# coding: latin-1\n\xE9",
        "x = 1\n# coding: latin-1\né",
        Some(3),
        "not valid UTF-8",
    );
    check_problem(b"x = 'coding: latin-1'\n\xE9", "x = 'coding: latin-1'\né", Some(2), "not valid UTF-8");
}

#[test]
fn what_cannot_be_decoded_is_reported() {
    check_problem(b"# coding: ascii\n\n\xE9", "# coding: ascii\n\né", Some(3), "declares ASCII");
    check_problem(
        b"# coding: rot13\nvzcbeg bf",
        "# coding: rot13\nvzcbeg bf",
        Some(1),
        "unknown encoding `rot13`",
    );
    check_problem(
        b"# coding: nonsense\n\xE9",
        "# coding: nonsense\né",
        Some(1),
        "unknown encoding `nonsense`",
    );
    check_problem(
        b"# coding: euc-jp\n\xFF",
        "# coding: euc-jp\n\u{FFFD}",
        None,
        "declared encoding `euc-jp`",
    );
}

#[test]
fn binary_junk_has_no_text() {
    check_problem(b"\x7FELF\0\0", "", None, "NUL");
    check_problem(b"\xFF\xFEx\0=\0", "", None, "NUL");
}
