//! `'%s-%03d'.format([...])`: the clauses of CEL's strings extension.

use super::super::evaluate::as_text;
use super::super::value::Val;
use super::encoding::to_json;

pub(super) fn format(pattern: &str, arguments: &[Val]) -> Result<String, String> {
    let (mut out, mut next) = (String::new(), arguments.iter());
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut width = String::new();
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            width.push(digit);
        }
        let mut precision = None;
        if rest.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            precision = Some(digits.parse::<usize>().unwrap_or(6).min(100));
        }
        let clause = rest.next().ok_or("a format ends with `%`")?;
        if clause == '%' {
            out.push('%');
            continue;
        }
        let argument = next.next().ok_or_else(|| format!("`%{clause}` has no argument in {pattern:?}"))?;
        let text = one(clause, precision, argument)?;
        let missing = width.parse::<usize>().unwrap_or(0).min(1000).saturating_sub(text.chars().count());
        let filler = if width.starts_with('0') { '0' } else { ' ' };
        out.extend(std::iter::repeat_n(filler, missing));
        out.push_str(&text);
    }
    if next.next().is_some() {
        return Err(format!("{pattern:?} has fewer clauses than arguments"));
    }
    Ok(out)
}

fn one(clause: char, precision: Option<usize>, value: &Val) -> Result<String, String> {
    Ok(match (clause, value) {
        ('s', Val::List(_) | Val::Map(_)) => to_json(value)?.to_string(),
        ('s', Val::Null) => "null".to_owned(),
        ('s', value) => as_text(value)?,
        ('d', Val::Int(number)) => number.to_string(),
        ('x', Val::Int(number)) => signed(*number, |magnitude| format!("{magnitude:x}")),
        ('X', Val::Int(number)) => signed(*number, |magnitude| format!("{magnitude:X}")),
        ('o', Val::Int(number)) => signed(*number, |magnitude| format!("{magnitude:o}")),
        ('b', Val::Int(number)) => signed(*number, |magnitude| format!("{magnitude:b}")),
        ('f', Val::Float(number)) => format!("{number:.*}", precision.unwrap_or(6)),
        ('f', Val::Int(number)) => {
            let digits = precision.unwrap_or(6);
            if digits == 0 { number.to_string() } else { format!("{number}.{}", "0".repeat(digits)) }
        }
        ('d' | 'x' | 'X' | 'o' | 'b' | 'f', other) => {
            return Err(format!("`%{clause}` takes a number, this is {}", other.describe()));
        }
        (other, _) => return Err(format!("there is no format `%{other}`; there are s, d, f, x, X, o and b")),
    })
}

fn signed(number: i64, digits: fn(u64) -> String) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", digits(number.unsigned_abs()))
}
