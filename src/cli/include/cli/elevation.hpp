#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace xppkg::cli {

/// How another user's rights are asked for.
struct Elevation {
  /// "pkexec": polkit asks; "su": his password; "auto": polkit where it is there, else su.
  std::string way = "auto";
  std::string user;     ///< whose rights
  std::string askpass;  ///< a program that asks for the password and prints it; empty: the terminal
};

/// Runs this very program again with the other user's rights, these arguments, and nothing else of
/// ours: neither environment nor working folder nor terminal. `take` gets each line that it writes
/// to its standard output. Returns when it has ended. `question` is what the password is asked
/// with. Throws Error{rights_refused} if it was never started, with the cause as far as it was
/// told. On Windows this is to be the verb "runas" of ShellExecuteEx; not written yet.
void run_elevated(const Elevation& elevation, const std::vector<std::string>& arguments,
                  const std::string& question, const std::function<void(std::string_view)>& take);

/// For a privileged process: drops what it inherited from its caller, which is the environment, the
/// working folder, the umask, and open files beyond the three standard ones.
void drop_what_the_caller_gave();

/// The absolute path of a folder without links in it; the path itself where there is none.
std::string real_path(const std::string& folder);

/// True for a user who may do everything already.
bool is_administrator();

}  // namespace xppkg::cli
