use super::*;

fn span_of(file: &SourceFile, part: &str) -> Span {
    let start = file.text.find(part).unwrap() as u32;
    Span { start, end: start + part.len() as u32 }
}

fn at(text: &str, part: &str) -> (u32, u32, u32, u32) {
    let file = SourceFile::new("a.py", text);
    let (start_line, start_column, end_line, end_column, cell) = file.location(span_of(&file, part));
    assert_eq!(cell, None);
    (start_line, start_column, end_line, end_column)
}

#[test]
fn lines_end_in_every_way_that_python_knows() {
    assert_eq!(at("a\nbb\nccc", "ccc"), (3, 1, 3, 4));
    assert_eq!(at("a\r\nbb\r\nccc", "ccc"), (3, 1, 3, 4));
    assert_eq!(at("a\rbb\rccc", "ccc"), (3, 1, 3, 4));
    assert_eq!(at("a\r\rb\n\rc", "c"), (5, 1, 5, 2));
    // Form feeds and Unicode separators end no line.
    assert_eq!(at("a\x0C\u{2028}b c", "c"), (1, 6, 1, 7));
}

#[test]
fn columns_count_characters() {
    assert_eq!(at("x = 'é', '😀', y", "y"), (1, 15, 1, 16));
    assert_eq!(at("\tx", "x"), (1, 2, 1, 3));
    assert_eq!(at("é\né = x", "x"), (2, 5, 2, 6));
    assert_eq!(at("e\u{301}x", "x"), (1, 3, 1, 4));
}

#[test]
fn spans_may_cover_lines() {
    assert_eq!(at("f(\r\n  a,\r\n)x", "(\r\n  a,\r\n)"), (1, 2, 3, 2));
}

#[test]
fn offsets_out_of_range_are_tamed() {
    let file = SourceFile::new("a.py", "é\n");
    assert_eq!(file.location(Span { start: 1, end: 1000 }), (1, 1, 2, 1, None));
    assert_eq!(file.text_of(Span { start: 1, end: 2 }), "");
    assert_eq!(file.text_of(Span { start: 0, end: 2 }), "é");
    assert_eq!(file.text_of(Span { start: 2, end: 1 }), "");
    assert_eq!(SourceFile::new("a.py", "").location(Span::default()), (1, 1, 1, 1, None));
}

#[test]
fn text_of_lines() {
    let file = SourceFile::new("a.py", "a\r\nbé\rc\n\nd");
    let lines: Vec<&str> = (0..=6).map(|line| file.line_text(line)).collect();
    assert_eq!(lines, ["", "a", "bé", "c", "", "d", ""]);
    assert_eq!(file.line_count(), 5);
    assert_eq!(file.text_line(0), 1);
    assert_eq!(file.text_line(3), 2);
}

#[test]
fn files_may_be_shared_between_threads() {
    fn assert_shared<T: Send + Sync>() {}
    assert_shared::<SourceFile>();
    assert_shared::<crate::Program>();
}
