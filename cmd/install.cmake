# What is installed beside the program. Folders follow the prefix; mount(8) looks for its helpers
# in /sbin alone, so the helper goes there for a prefix of /usr or /usr/local: into /usr/sbin where
# that is the same.
set(RDBFS_HELPER_DIR "" CACHE PATH "where mount.rdbfs goes; empty: /sbin for /usr and /usr/local, else PREFIX/sbin")

set(commands ${CMAKE_SOURCE_DIR}/cmd)
install(FILES ${commands}/man/rdbfs.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${commands}/man/mount.rdbfs.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${commands}/completion/rdbfs.bash RENAME rdbfs
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${commands}/completion/_rdbfs DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${commands}/completion/rdbfs.fish
	DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/LICENSE ${commands}/CHANGELOG.md
	DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${commands}/systemd/mnt-backups.mount ${commands}/packaging/environment
	DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY ${commands}/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES ${commands}/packaging/sysusers.conf RENAME rdbfs.conf DESTINATION lib/sysusers.d)

# The prefix may be given as late as cmake --install --prefix, so what holds it is made then.
install(CODE "
	set(CONFIG /etc/rdbfs)
	set(RDBFS \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/rdbfs\")
	configure_file(${commands}/systemd/rdbfs@.service.in
		\"${CMAKE_BINARY_DIR}/rdbfs@.service\" @ONLY)
	configure_file(${commands}/systemd/rdbfs-dump@.service.in
		\"${CMAKE_BINARY_DIR}/rdbfs-dump@.service\" @ONLY)
	file(INSTALL \"${CMAKE_BINARY_DIR}/rdbfs@.service\"
		\"${CMAKE_BINARY_DIR}/rdbfs-dump@.service\"
		\"${commands}/systemd/rdbfs-dump@.timer\"
		DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")

	set(folder \"${RDBFS_HELPER_DIR}\")
	if(NOT folder)
		set(folder \"\${CMAKE_INSTALL_PREFIX}/sbin\")
		if(CMAKE_INSTALL_PREFIX MATCHES \"^/usr(/local)?/*\$\")
			set(folder /sbin)
			if(IS_SYMLINK /sbin)
				set(folder /usr/sbin)
			endif()
		endif()
	endif()
	message(STATUS \"Installing: \$ENV{DESTDIR}\${folder}/mount.rdbfs\")
	file(MAKE_DIRECTORY \"\$ENV{DESTDIR}\${folder}\")
	file(CREATE_LINK \"\${RDBFS}\" \"\$ENV{DESTDIR}\${folder}/mount.rdbfs\" SYMBOLIC)
")
