//! From bytes to text, by Python's rules: UTF-8 unless a comment in the first two lines says
//! otherwise (PEP 263).

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::source::SourceProblem;

/// Never fails: what can't be decoded is reported and read as Latin-1, in which every byte is a
/// character, so that the ASCII part of the code is still analysed.
pub(crate) fn decode(bytes: &[u8], problems: &mut Vec<SourceProblem>) -> String {
    if bytes.contains(&0) {
        // Python refuses such files too; they are images, archives or UTF-16.
        let message = match bytes {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
                "contains NUL bytes, so it is no Python source (its first bytes are those of UTF-16)"
            }
            _ => "contains NUL bytes, so it is no Python source",
        };
        problems.push(SourceProblem::of_file(message));
        return String::new();
    }
    let (bytes, has_mark) = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => (rest, true),
        None => (bytes, false),
    };
    let declared = declared_encoding(bytes);
    let name = declared.as_deref().map_or(Cow::Borrowed("utf-8"), normalize);
    // A byte order mark wins; Python refuses a declaration that contradicts it.
    if has_mark
        || matches!(&*name, "utf-8" | "utf8" | "utf-8-sig" | "u8" | "utf")
        || name.starts_with("utf-8-")
    {
        return match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(error) => {
                let line = line_of(bytes, error.valid_up_to());
                problems.push(SourceProblem {
                    line: Some(line),
                    message: "is not valid UTF-8; read as Latin-1".to_owned(),
                });
                latin_1(bytes)
            }
        };
    }
    match &*name {
        "latin-1" | "latin1" | "l1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" | "iso-latin-1" => {
            return latin_1(bytes);
        }
        "ascii" | "us-ascii" | "646" => {
            if let Some(offset) = bytes.iter().position(|byte| !byte.is_ascii()) {
                problems.push(SourceProblem {
                    line: Some(line_of(bytes, offset)),
                    message: "declares ASCII, but has other characters; read as Latin-1".to_owned(),
                });
            }
            return latin_1(bytes);
        }
        _ => {}
    }
    let Some(encoding) = Encoding::for_label(label(&name).as_bytes()) else {
        // `utf-7`, `rot13` and the like are real codecs of Python, and a known way to hide code.
        problems.push(SourceProblem {
            line: Some(1),
            message: format!("declares the unknown encoding `{name}`; read as UTF-8 or Latin-1"),
        });
        return std::str::from_utf8(bytes).map_or_else(|_| latin_1(bytes), str::to_owned);
    };
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    if had_errors {
        problems.push(SourceProblem::of_file(format!("is not valid in its declared encoding `{name}`")));
    }
    text.into_owned()
}

fn latin_1(bytes: &[u8]) -> String {
    encoding_rs::mem::decode_latin1(bytes).into_owned()
}

fn line_of(bytes: &[u8], offset: usize) -> u32 {
    let mut line = 1;
    let mut previous = 0;
    for &byte in &bytes[..offset] {
        if byte == b'\r' || (byte == b'\n' && previous != b'\r') {
            line += 1;
        }
        previous = byte;
    }
    line
}

fn normalize(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'_') {
        name.to_ascii_lowercase().replace('_', "-").into()
    } else {
        name.into()
    }
}

/// Python's name for an encoding as a label of the Encoding Standard.
fn label(name: &str) -> Cow<'_, str> {
    match name {
        "cp932" | "mskanji" | "ms-kanji" | "windows-31j" => "shift_jis".into(),
        "shift-jis" | "shiftjis" | "s-jis" | "shift-jisx0213" | "shift-jis-2004" => "shift_jis".into(),
        "cp936" | "ms936" => "gbk".into(),
        "cp949" | "ms949" | "uhc" | "euckr" => "euc-kr".into(),
        "cp950" | "ms950" | "big5-tw" => "big5".into(),
        "eucjp" | "ujis" | "euc-jis-2004" | "euc-jisx0213" => "euc-jp".into(),
        "mac-roman" => "macintosh".into(),
        "mac-cyrillic" => "x-mac-cyrillic".into(),
        "latin-2" => "iso-8859-2".into(),
        "latin-9" => "iso-8859-15".into(),
        "gb2312-1980" | "euc-cn" | "euccn" => "gb2312".into(),
        "koi8-r" | "koi8-u" => name.into(),
        _ => name
            .strip_prefix("iso8859-")
            .map_or_else(|| name.into(), |part| format!("iso-8859-{part}").into()),
    }
}

/// The encoding named in a comment on the first line, or on the second when the first has no code.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes;
    for _ in 0..2 {
        let end = rest.iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(rest.len());
        let line = &rest[..end];
        let code = line.trim_ascii_start();
        if code.first() == Some(&b'#') {
            if let Some(name) = encoding_in_comment(code) {
                return Some(name);
            }
        } else if !code.is_empty() {
            return None;
        }
        rest = &rest[end..];
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..)).unwrap_or_default();
    }
    None
}

/// `coding[=:]\s*([-\w.]+)`, anywhere in the comment.
fn encoding_in_comment(comment: &[u8]) -> Option<String> {
    let mut start = 0;
    while let Some(found) = comment[start..].windows(6).position(|window| window == b"coding") {
        start += found + 6;
        let Some((b':' | b'=', rest)) = comment[start..].split_first() else { continue };
        let name: String = rest
            .iter()
            .skip_while(|byte| matches!(byte, b' ' | b'\t'))
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            .map(|&byte| char::from(byte))
            .collect();
        if !name.is_empty() {
            return Some(name);
        }
    }
    None
}

#[cfg(test)]
mod tests;
