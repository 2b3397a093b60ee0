#pragma once

/// Marks what the shared library exports; everything else is hidden. On Windows the C++ library is
/// linked statically: classes of one compiler are of no use to another.
#if defined(__GNUC__) && !defined(_WIN32)
#define XPPKG_API __attribute__((visibility("default")))
#else
#define XPPKG_API
#endif
