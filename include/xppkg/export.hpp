#pragma once

/// Marks what a shared build of the library exports; everything else is hidden.
#if defined(_WIN32) && defined(XPPKG_SHARED)
#if defined(XPPKG_BUILDING)
#define XPPKG_API __declspec(dllexport)
#else
#define XPPKG_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define XPPKG_API __attribute__((visibility("default")))
#else
#define XPPKG_API
#endif
