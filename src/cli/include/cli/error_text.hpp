#pragma once

#include <string>
#include <string_view>

#include "xppkg/error.hpp"

namespace xppkg::cli {

/// An error in the words that people read, in the chosen language.
struct ErrorText {
  std::string text;  ///< what happened
  std::string next;  ///< what to do about it
};

/// The sentences of the table in base/error.cpp, or more precise ones where the facts allow it.
/// `program` is the name of the running program, `place` the folder or repository that it works on,
/// for the next step (see with_place); "." or empty: the working folder.
ErrorText error_text(const Error& error, std::string_view program, std::string_view place);

/// The text with the folder or repository in place of "DIR" and "REPO"; without "-C DIR" where it
/// is the working folder. An unknown repository (an empty text) stays "REPO".
std::string with_place(std::string_view text, std::string_view place);

/// The name of a fact, such as "path", in the chosen language.
std::string fact_name(std::string_view name);
/// Its value; a reason or cause that we have written ourselves, in the chosen language.
std::string fact_value(const Fact& fact);

/// The error with its facts in one line.
std::string describe(const Error& error);
/// The same of what Error::what() returned, such as the detail of a notice.
std::string describe_failure(std::string_view what);

enum class Expiry { near, past };
/// For the vendor: when metadata of a role ends or ended, and the command that signs it anew.
std::string describe_expiry(std::string_view role, std::string_view when, Expiry expiry);

/// Whether the first version is newer than the second; false where one of them is no version.
bool is_newer(const std::string& version, const std::string& other);

/// That a workstation does not run the released version, which may be older than the installed one.
std::string describe_outdated(const std::string& installed, const std::string& released);

}  // namespace xppkg::cli
