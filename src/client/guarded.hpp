#pragma once

#include "install/layout.hpp"

namespace xppkg::client {

/// Before a run with more rights than its caller has: what it is going to believe and the way there
/// may be changed by administrators and this user alone. Looked at are the folders from the root of
/// the disk to DIR, and the state in DIR/.xppkg without files of releases, which are believed by
/// their digests only. Nothing may change it afterwards either: who may not write any folder above
/// a name cannot put another one in its place. Throws Error{rights_unsafe_folder} with the facts
/// "path" and "reason", and Error{usage_not_installation}.
void check_guarded(fs::FileSystem& disk, const install::Layout& layout);

}  // namespace xppkg::client
