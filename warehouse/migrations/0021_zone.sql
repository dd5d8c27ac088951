-- Whose days the days of this file are. One zone a file: every view and every derived day goes by it.
create macro core.zone() as 'Asia/Karachi';
