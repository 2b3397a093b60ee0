#include "cli/error_text.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include "cli/elevation.hpp"
#include "cli/text.hpp"
#include "xppkg/version.hpp"

namespace xppkg::cli {
namespace {

constexpr std::string_view kSitesProgram = "xppkg";
constexpr std::string_view kVendorsProgram = "xppkg-release";

bool is_cause(std::string_view cause, std::errc wanted) {
  return cause == std::make_error_code(wanted).message();
}

/// Words that we have written, not names, numbers or addresses.
bool is_sentence(std::string_view fact) {
  constexpr std::array<std::string_view, 7> kSentences{"reason", "cause",   "operation", "help",
                                                       "set by", "allowed", "missing"};
  for (const std::string_view name : kSentences) {
    if (name == fact) return true;
  }
  return false;
}

/// The sentence about the arguments says all; the reasons of other usage errors are no sentences.
bool is_about_arguments(const Error& error) {
  const std::string_view reason = error.fact("reason");
  return error.code() == Code::usage_invalid && (reason.ends_with('.') || reason.ends_with('?'));
}

std::string missing_path(const Error& error) {
  const std::string_view path = error.fact("path");
  std::string told = error.fact("operation") == "list" ? text("The folder {} does not exist.", path)
                                                       : text("{} does not exist.", path);
  if (error.fact("published") == "nothing") told += " " + text("Nothing was published.");
  return told;
}

std::string unsafe_folder(const Error& error) {
  const std::string_view path = error.fact("path");
  return is_administrator()
             ? text(
                   "Users without administrator rights can write to {}; an update with "
                   "administrator rights would be unsafe there.",
                   path)
             : text("Other users can write to {}; a run with your rights would be unsafe there.",
                    path);
}

/// Empty where the table's sentence is the best one.
std::string precise_text(const Error& error, std::string_view program) {
  const std::string_view reason = error.fact("reason");
  switch (error.code()) {
    case Code::usage_invalid:
      return is_about_arguments(error) ? std::string(tr_value(reason)) : std::string();
    case Code::io_failed:
      if (error.fact("path").empty()) return {};
      if (is_cause(error.fact("cause"), std::errc::no_such_file_or_directory)) {
        return missing_path(error);
      }
      return {};
    case Code::rights_unsafe_folder:
      if (reason != "others may write it" && reason != "it belongs to another user") return {};
      return unsafe_folder(error);
    case Code::trust_expired:
      if (error.fact("role").empty() || error.fact("expired").empty()) return {};
      if (program == kVendorsProgram) {
        return describe_expiry(error.fact("role"), error.fact("expired"), Expiry::past);
      }
      return text("The vendor's signed data expired on {} ({}).", error.fact("expired"),
                  error.fact("role"));
    case Code::policy_outdated:
      if (error.fact("released").empty()) return {};
      return describe_outdated(std::string(error.fact("installed")),
                               std::string(error.fact("released")));
    default:
      return {};
  }
}

/// Where the table sends people to the vendor, who is the one that reads it here.
bool sends_to_vendor(Code code) {
  switch (code) {
    case Code::trust_malformed:
    case Code::trust_signature:
    case Code::trust_rollback:
    case Code::trust_hash:
    case Code::corrupt_payload:
    case Code::notfound_file:
    case Code::plan_none:
    case Code::limit_exceeded:
      return true;
    default:
      return false;
  }
}

std::string_view vendors_next_step(Code code) {
  if (code == Code::trust_expired) {
    return tr("Check the clock of this computer; if it is right, sign again as said above.");
  }
  if (sends_to_vendor(code)) {
    return tr(
        "Nothing was signed or published. See manifests/TRUST.md; xppkg-release verify REPO "
        "checks the repository.");
  }
  return {};
}

std::string_view next_step(const Error& error, std::string_view program) {
  const std::string_view usual = tr(info(error.code()).next_step);
  if (program == kSitesProgram) return usual;
  if (error.code() == Code::io_failed) return tr("Check the path, and run the command again.");
  if (error.code() == Code::rights_denied) {
    return tr("Run the command as a user with the right to write there.");
  }
  const std::string_view vendors =
      program == kVendorsProgram ? vendors_next_step(error.code()) : std::string_view();
  return vendors.empty() ? usual : vendors;
}

void replace_all(std::string& text, std::string_view from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// "name: value" with both in the chosen language; what is no fact stays.
std::string translated_fact(std::string_view part) {
  const std::size_t end = part.find(": ");
  if (end == std::string_view::npos) return std::string(part);
  const std::string name(part.substr(0, end));
  const std::string told = fact_name(name);
  if (told == name) return std::string(part);
  return told + ": " + fact_value({name, std::string(part.substr(end + 2))});
}

/// The facts behind an error's sentence, " (path: a, reason: b)".
std::string translated_facts(std::string_view facts) {
  if (!facts.starts_with(" (") || !facts.ends_with(')')) return std::string(facts);
  facts = facts.substr(2, facts.size() - 3);
  std::string told;
  while (!facts.empty()) {
    const std::size_t end = facts.find(", ");
    told += (told.empty() ? " (" : ", ") + translated_fact(facts.substr(0, end));
    facts.remove_prefix(end == std::string_view::npos ? facts.size() : end + 2);
  }
  return told + ")";
}

}  // namespace

ErrorText error_text(const Error& error, std::string_view program, std::string_view place) {
  std::string told = precise_text(error, program);
  if (told.empty()) told = tr(info(error.code()).text);
  return {told, with_place(next_step(error, program), place)};
}

std::string with_place(std::string_view text, std::string_view place) {
  std::string told(text);
  const bool is_here = place.empty() || place == ".";
  const std::string word = is_here ? "." : shell_word(place);
  replace_all(told, "-C DIR ", is_here ? "" : "-C " + word + " ");
  replace_all(told, "trust DIR", "trust " + word);
  if (!place.empty()) replace_all(told, "verify REPO", "verify " + word);
  return told;
}

std::string fact_name(std::string_view name) {
  return std::string(tr_value(name));
}

std::string fact_value(const Fact& fact) {
  return is_sentence(fact.name) ? tr_value(fact.value) : fact.value;
}

std::string describe(const Error& error) {
  std::string told = std::string(tr(info(error.code()).text)) + " [";
  told.append(info(error.code()).id).append("]");
  for (const Fact& fact : error.facts()) {
    told += " " + fact_name(fact.name) + ": " + fact_value(fact) + ";";
  }
  if (!error.facts().empty()) told.pop_back();
  return told;
}

std::string describe_failure(std::string_view what) {
  for (const CodeInfo& row : all_codes()) {
    const std::string begin = std::string(row.id) + ": " + std::string(row.text);
    if (!what.starts_with(begin)) continue;
    std::string told(tr(row.text));
    if (told.ends_with('.')) told.pop_back();  // It stands within a sentence.
    return told + translated_facts(what.substr(begin.size())) + " [" + std::string(row.id) + "]";
  }
  return tr_value(what);
}

std::string describe_expiry(std::string_view role, std::string_view when, Expiry expiry) {
  const bool is_past = expiry == Expiry::past;
  if (role == "root") {
    return is_past ? text(
                         "The root expired on {}: make the next one with xppkg-release root "
                         "export, sign and import.",
                         when)
                   : text(
                         "The root expires on {}: make the next one with xppkg-release root "
                         "export, sign and import.",
                         when);
  }
  if (role == "timestamp" || role == "snapshot") {
    return is_past ? text("The {} expired on {}: run xppkg-release refresh.", role, when)
                   : text("The {} expires on {}: run xppkg-release refresh.", role, when);
  }
  return is_past ? text("The {0} metadata expired on {1}: run xppkg-release refresh --role {0}.",
                        role, when)
                 : text("The {0} metadata expires on {1}: run xppkg-release refresh --role {0}.",
                        role, when);
}

bool is_newer(const std::string& version, const std::string& other) {
  try {
    return Version::parse(version) > Version::parse(other);
  } catch (const Error&) {
    return false;
  }
}

std::string describe_outdated(const std::string& installed, const std::string& released) {
  if (is_newer(installed, released)) {
    return text("This workstation runs {}; the site has released {}.", installed, released);
  }
  return text("Outdated software: {} is installed, {} is released.",
              installed.empty() ? "-" : installed, released);
}

}  // namespace xppkg::cli
