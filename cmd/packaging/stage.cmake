# Run by cpack, with DESTDIR set: puts what is installed where the package is made of it, and changes
# what Debian's policy wants otherwise.
set(root "$ENV{DESTDIR}")
set(doc ${root}/usr/share/doc/rdbfs)

function(run)
	execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_QUIET)
	if(failed)
		message(FATAL_ERROR "${ARGN}: ${failed}")
	endif()
endfunction()

run(${CMAKE_COMMAND} --install ${CPACK_RDBFS_BUILD} --prefix /usr --strip)

if(CPACK_GENERATOR STREQUAL DEB)
	file(INSTALL ${CPACK_RDBFS_PACKAGING}/environment DESTINATION /etc/rdbfs)
	file(INSTALL ${CPACK_RDBFS_PACKAGING}/copyright DESTINATION /usr/share/doc/rdbfs)
	file(REMOVE ${doc}/LICENSE ${doc}/examples/environment) # in copyright; in /etc
	file(REMOVE_RECURSE ${root}/sbin) # where this system has not merged it into /usr
	file(MAKE_DIRECTORY ${root}/usr/sbin)
	file(CREATE_LINK ../bin/rdbfs ${root}/usr/sbin/mount.rdbfs SYMBOLIC)
	string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC) # SOURCE_DATE_EPOCH, if that is set
	file(WRITE ${doc}/changelog
"rdbfs (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * Release ${CPACK_PACKAGE_VERSION}: see CHANGELOG.md.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
	file(GLOB pages ${root}/usr/share/man/man*/*)
	run(gzip -9nf ${pages} ${doc}/changelog)
endif()

# Whatever umask the caller has.
run(find ${root} -type d -exec chmod 755 {} +)
run(find ${root} -type f ! -perm -100 -exec chmod 644 {} +)
run(find ${root} -type f -perm -100 -exec chmod 755 {} +)
