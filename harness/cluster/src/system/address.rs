//! Where the harness asks: an HTTP request, or a host and its port.
//!
//! Only plain HTTP is spoken, and every address has its port. A node of a run has a port of its own, which is never port 80. What
//! a file gets wrong here would fail with every attempt, and silently, so it is said where it stands.

use super::SystemError;
use super::document::Value;
use super::template::{Names, Template, TemplateContext};

/// The methods of requests.
const METHODS: [&str; 3] = ["GET", "POST", "PUT"];

/// Substitutions that hold no port: what stands in an address beside them must have one.
const PORTLESS: [&str; 3] = ["{ip}", "{name}", "{id}"];

/// `GET http://host:port/path`: the method, and where.
pub(super) fn request(value: &Value<'_>, names: &Names) -> Result<(String, Template), SystemError> {
    let example = "write it as \"GET http://{listen.client}/status\"";
    let Some((method, url)) = value.string()?.split_once(' ') else {
        return Err(value.fail(format!("is not a method and an address; {example}")));
    };
    if !METHODS.contains(&method) {
        return Err(value.fail(format!("has the method {method:?}; write GET, POST or PUT")));
    }
    Ok((method.to_owned(), address_of(value, url, names)?))
}

/// The address of an HTTP request.
pub(super) fn address(value: &Value<'_>, names: &Names) -> Result<Template, SystemError> {
    address_of(value, value.string()?, names)
}

fn address_of(value: &Value<'_>, url: &str, names: &Names) -> Result<Template, SystemError> {
    let url = url.trim();
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    let Some(rest) = url.strip_prefix("http://") else {
        return Err(value.fail(match scheme {
            "https" => {
                "asks over https, and the harness speaks plain http only; have nodes serve http in runs".to_owned()
            }
            "" => {
                "has an address that does not begin with http://; write http://{listen.client}/ for example".to_owned()
            }
            scheme => format!("asks over {scheme}, and the harness speaks plain http only; write http://…"),
        }));
    };
    certainly_has_port(value, rest.split(['/', '?']).next().unwrap_or_default())?;
    Template::parse(url, TemplateContext::Text, names).map_err(|what| value.fail(what))
}

/// A host and its port.
pub(super) fn host(value: &Value<'_>, names: &Names) -> Result<Template, SystemError> {
    certainly_has_port(value, value.string()?)?;
    super::parse::template(value, TemplateContext::Text, names)
}

/// Refuses what certainly has no port. A substitution may be one with a port.
fn certainly_has_port(value: &Value<'_>, host: &str) -> Result<(), SystemError> {
    let bare = PORTLESS.iter().fold(host.to_owned(), |host, one| host.replace(one, "x"));
    if bare.contains('{') || has_port(&bare) {
        return Ok(());
    }
    Err(value.fail(format!(
        "names {host:?}, which has no port; write one, such as {{listen.client}}, {{ip}}:{{port.client}} or {{ip}}:80"
    )))
}

/// Whether a host with everything filled in has a port.
pub(super) fn has_port(host: &str) -> bool {
    let port =
        host.rsplit_once(':').filter(|(name, _)| !name.is_empty() && (!name.contains(':') || name.ends_with(']')));
    port.is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

/// The host, and its port, of an address of HTTP.
pub(super) fn host_of(url: &str) -> &str {
    url.trim_start_matches("http://").split(['/', '?']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_after_the_last_colon_and_an_address_of_version_6_stands_in_brackets() {
        for host in ["10.0.0.1:80", "n1:2379", "[::1]:80"] {
            assert!(has_port(host), "{host}");
        }
        for host in ["10.0.0.1", "n1", "[::1]", "::1", "n1:", ":80", "n1:http", "n1:99999"] {
            assert!(!has_port(host), "{host}");
        }
        assert_eq!(host_of("http://10.0.0.1:80/x:1"), "10.0.0.1:80");
    }
}
